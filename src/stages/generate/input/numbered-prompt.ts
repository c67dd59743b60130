import type { PromptOfLine } from "../prompt-line.ts";

/** A prompt with its place. */
export interface NumberedPrompt extends PromptOfLine {
  /** As errors name it. */
  readonly file: string;
  /** 1-based: its line, or its number in a file without lines. */
  readonly line: number;
}
