import { InvalidResponseDataError, type LanguageModelV4, type LanguageModelV4GenerateResult } from "@ai-sdk/provider";

/**
 * A model of Google's whose answers are answers: its package takes any JSON object for an empty one, and a server that is none would be
 * paid for nothing, row by row, without a word. A prompt that is blocked has no candidates either, and says so.
 */
export function withCheckedAnswer(model: LanguageModelV4): LanguageModelV4 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: async (options) => checkAnswer(await model.doGenerate(options)),
    doStream: (options) => model.doStream(options),
  };
}

function checkAnswer(result: LanguageModelV4GenerateResult): LanguageModelV4GenerateResult {
  const body = result.response?.body as { candidates?: unknown; promptFeedback?: unknown } | null | undefined;
  const hasCandidates = Array.isArray(body?.candidates) && body.candidates.length > 0;
  if (hasCandidates || (body?.promptFeedback ?? null) !== null) return result;
  throw new InvalidResponseDataError({ data: body, message: "The answer has no candidates, and no reason why" });
}
