import type { Message } from "../records/rows.ts";
import { loadTokenGauge } from "./token-gauge.ts";

/** Counts tokens of text and of whole conversations. */
export interface TokenCounter {
  text(text: string): number;
  /** With what the chat format adds: four tokens a message and three before the answer. */
  messages(messages: readonly Message[]): number;
}

const tokensPerMessage = 4;
const tokensBeforeAnswer = 3;

/** Loads the o200k encoding, in which OpenAI's current models count; exact for them, an estimate for others. */
export async function loadTokenCounter(): Promise<TokenCounter> {
  const { count } = await loadTokenGauge("o200k_base");
  const known = new Map<string, number>();
  const countSystem = (text: string): number => {
    const tokens = known.get(text) ?? count(text);
    if (known.size < 64) known.set(text, tokens);
    return tokens;
  };
  return {
    text: count,
    messages: (messages) =>
      messages.reduce(
        (sum, { role, content }) =>
          sum + tokensPerMessage + (role === "system" ? countSystem(content) : count(content)),
        tokensBeforeAnswer,
      ),
  };
}

/** More tokens than any tokenizer makes of the conversation: none makes more than one of a byte. */
export function maxPromptTokens(messages: readonly Message[]): number {
  const perMessage = 16;
  return messages.reduce((sum, { content }) => sum + perMessage + Buffer.byteLength(content, "utf8"), perMessage);
}
