import type { LanguageModelV4 } from "@ai-sdk/provider";
import { teacherAnswer, verifyAnswer } from "./bench-science/index.ts";
import { benchScienceName, verifierName } from "./fingerprint.ts";
import { parseJudgeMessages } from "./judge-request.ts";
import { createLocalModel, refuseRequest } from "./local-model.ts";

/** The procedural teacher: answers the last user message where it is a bench-science request, and refuses any other. */
export function createBenchScienceModel(): LanguageModelV4 {
  return createLocalModel({
    modelId: benchScienceName,
    answer({ messages, sample }) {
      const answer = teacherAnswer({ prompt: messages.at(-1)?.content ?? "", sample });
      if (answer === null) throw refuseRequest(benchScienceName, `${benchScienceName} does not know this request`);
      return { text: answer.text, finishReason: "stop", promptTokens: null, completionTokens: null };
    },
  });
}

/** The judge that works the answer out anew. It refuses prompts that it does not know, rather than guess. */
export function createVerifierModel(): LanguageModelV4 {
  return createLocalModel({
    modelId: verifierName,
    answer({ messages }) {
      const judged = parseJudgeMessages(messages);
      const verdict = judged === null ? null : verifyAnswer(judged);
      if (verdict === null || !verdict.known)
        throw refuseRequest(verifierName, `${verifierName} can only judge bench-science requests`);
      const { score, flags, rationale } = verdict;
      return {
        text: JSON.stringify({ score, flags, rationale }),
        finishReason: "stop",
        promptTokens: null,
        completionTokens: null,
      };
    },
  });
}
