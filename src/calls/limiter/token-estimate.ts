/** What a call will probably take, before it is made. */
export interface TokenEstimate {
  prompt(chars: number): number;
  completion(maxTokens: number): number;
  observe(call: ObservedTokens): void;
}

export interface ObservedTokens {
  readonly promptChars: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Before any answer: what English text has, and an answer of half of what is allowed. */
const untriedTokensPerChar = 0.25;
const untriedShare = 0.5;
const remembered = 200;

/** Means over about the last 200 answers. */
export function createTokenEstimate(): TokenEstimate {
  let seen = 0;
  let tokensPerChar = untriedTokensPerChar;
  let completionTokens = 0;
  return {
    prompt: (chars) => Math.ceil(chars * tokensPerChar),
    completion: (maxTokens) => Math.ceil(seen === 0 ? maxTokens * untriedShare : Math.min(maxTokens, completionTokens)),
    observe(call) {
      seen++;
      const weight = 1 / Math.min(seen, remembered);
      tokensPerChar += (call.promptTokens / Math.max(1, call.promptChars) - tokensPerChar) * weight;
      completionTokens += (call.completionTokens - completionTokens) * weight;
    },
  };
}
