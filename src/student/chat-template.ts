import { Template } from "@huggingface/jinja";
import { DataError } from "../core/errors.ts";
import type { StudentTokenizer } from "./tokenizer.ts";
import { specialTokens } from "./vocabulary.ts";

export const chatRoles = ["system", "user", "assistant"] as const;

export interface ChatMessage {
  readonly role: (typeof chatRoles)[number];
  readonly content: string;
}

/** A Jinja chat template, as `chat_template.jinja` in a checkpoint, and the same text parsed. */
export interface ChatTemplate {
  readonly source: string;
  render(messages: readonly ChatMessage[], options: { addGenerationPrompt: boolean }): string;
}

/** The template with the variables that Transformers gives it. */
export function createChatTemplate(source: string, variables: Readonly<Record<string, unknown>> = {}): ChatTemplate {
  const template = new Template(source);
  return {
    source,
    render: (messages, { addGenerationPrompt }) =>
      template.render({ ...variables, messages, add_generation_prompt: addGenerationPrompt }),
  };
}

/**
 * The chat template of nexa:tiny. System messages are accepted and left out: its vocabulary holds no words for them, and every request
 * of its task says all there is to know.
 */
export const tinyChatTemplate: string =
  "{#- System messages are accepted and left out: this model's vocabulary has no words for them. -#}" +
  "{%- for message in messages -%}" +
  `{%- if message.role == 'user' -%}{{ '${specialTokens.user}' + message.content }}` +
  `{%- elif message.role == 'assistant' -%}{{ '${specialTokens.assistant}' + message.content + '${specialTokens.end}' }}` +
  "{%- endif -%}" +
  "{%- endfor -%}" +
  `{%- if add_generation_prompt -%}{{ '${specialTokens.assistant}' }}{%- endif -%}`;

export interface RenderOptions {
  readonly tokenizer: StudentTokenizer;
  readonly template: ChatTemplate;
  /** What errors name, such as a row's id. */
  readonly label?: string;
}

/** One conversation as token ids. */
export interface RenderedRow {
  readonly ids: number[];
  /** True where the token is one that the student has to say: an assistant's text and the end that follows it. */
  readonly lossMask: boolean[];
}

const otherStudentHint =
  "nexa:tiny reads bench-science requests alone. The packaged dataset (`nexa launch --until package`) is for any other trainer; a Hub student, set as student.model, needs an environment with PyTorch.";

/** Ids of the conversation so far with the mark that the assistant is next: a prefix of the training row that continues it. */
export function renderPrompt(messages: readonly ChatMessage[], options: RenderOptions): number[] {
  rejectSpecialTokens(messages, options);
  return encodeKnown(options.template.render(messages, { addGenerationPrompt: true }), options);
}

/**
 * Ids and loss mask of a whole conversation: the loss is on its last message, the answer, and the end token that follows; earlier answers are
 * what was said before.
 * @throws DataError when text lies outside the vocabulary, holds special tokens, or the last message is not an assistant's.
 */
export function renderTrainingRow(messages: readonly ChatMessage[], options: RenderOptions): RenderedRow {
  if (messages.at(-1)?.role !== "assistant")
    throw dataError("No message of an assistant to learn from at the end.", options);
  rejectSpecialTokens(messages, options);
  const ids = encodeKnown(options.template.render(messages, { addGenerationPrompt: false }), options);
  const prompt = renderPrompt(messages.slice(0, -1), options);
  if (prompt.length >= ids.length || !isPrefix(prompt, ids)) {
    throw dataError(
      "The chat template renders a prompt differently once its answer follows, so the answer cannot be masked.",
      options,
    );
  }
  return { ids, lossMask: ids.map((_, index) => index >= prompt.length) };
}

function isPrefix(part: readonly number[], whole: readonly number[]): boolean {
  return part.length <= whole.length && part.every((id, index) => whole[index] === id);
}

function dataError(message: string, { label }: RenderOptions, hint?: string): DataError {
  return new DataError(message, { file: label ?? "conversation", code: "student_data", hint });
}

function rejectSpecialTokens(messages: readonly ChatMessage[], options: RenderOptions): void {
  for (const { role, content } of messages) {
    const token = options.tokenizer.specialTokens.find((special) => content.includes(special));
    if (token === undefined) continue;
    throw dataError(`The ${role}'s text holds the special token ${token}.`, options, "Remove it from the text.");
  }
}

function encodeKnown(text: string, options: RenderOptions): number[] {
  const { tokenizer } = options;
  const ids = tokenizer.encode(text);
  if (tokenizer.unknownId === null || !ids.includes(tokenizer.unknownId)) return ids;
  throw dataError(
    `The student's vocabulary cannot write ${findUnknown(text, ids, tokenizer)}.`,
    options,
    otherStudentHint,
  );
}

/** The first stretch outside the vocabulary, quoted: what follows the longest decodable start. */
function findUnknown(text: string, ids: readonly number[], tokenizer: StudentTokenizer): string {
  const start = tokenizer.decode(ids.slice(0, ids.indexOf(tokenizer.unknownId ?? -1))).length;
  const end = tokenizer.specialTokens.map((token) => text.indexOf(token, start)).filter((place) => place > start);
  return JSON.stringify(text.slice(start, Math.min(start + 40, ...end)));
}
