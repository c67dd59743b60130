import type { LanguageModelV4 } from "@ai-sdk/provider";
import { UsageError } from "../core/index.ts";
import { teacherAnswer, type Verification, verifierCriteria, verifyAnswer } from "./bench-science/index.ts";
import { benchScienceName, verifierName } from "./fingerprint.ts";
import { criteriaIn, parseJudgeMessages } from "./judge-request.ts";
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

/**
 * The judge that works the answer out anew. It refuses prompts that it does not know, rather than guess, and ends the run where it is asked
 * for scores that it cannot give.
 */
export function createVerifierModel(): LanguageModelV4 {
  return createLocalModel({
    modelId: verifierName,
    answer({ messages, responseSchema }) {
      const judged = parseJudgeMessages(messages);
      const verdict = judged === null ? null : verifyAnswer({ prompt: judged.request, answer: judged.answer });
      if (verdict === null || !verdict.known)
        throw refuseRequest(verifierName, `${verifierName} can only judge bench-science requests`);
      const { score, flags, rationale } = verdict;
      const text = JSON.stringify({ rationale, ...scoresFor(criteriaIn(responseSchema), verdict), score, flags });
      return { text, finishReason: "stop", promptTokens: null, completionTokens: null };
    },
  });
}

/** The scores that were asked for; nothing where none were. */
function scoresFor(criteria: readonly string[], { scores }: Verification): { scores?: Record<string, number> } {
  if (criteria.length === 0) return {};
  const known: Readonly<Record<string, number>> = scores;
  const unknown = criteria.filter((criterion) => !Object.hasOwn(known, criterion));
  if (unknown.length > 0) {
    throw new UsageError(`${verifierName} does not score ${unknown.map((name) => `\`${name}\``).join(", ")}`, {
      code: "unknown_criterion",
      hint: `It scores ${verifierCriteria.join(", ")}: leave \`judge.criteria\` at these, or use a judge that reads the rubric.`,
    });
  }
  return { scores: Object.fromEntries(criteria.map((criterion) => [criterion, known[criterion] ?? 0])) };
}
