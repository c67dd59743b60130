import type { ModelRequest } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import type { Message } from "../../records/index.ts";
import { type AnswerFormat, readAnswerFormat } from "./answer-format.ts";
import type { CheckOptions } from "./input/check-prompts.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";
import { openPrompts, type PromptSource } from "./input/open-prompts.ts";
import { readSystemPrompt } from "./system-prompt.ts";

/** What every prompt is asked with. */
export interface AskingContext {
  /** The project's system prompt; a prompt with a system message of its own is asked with that one. */
  readonly system: string | null;
  /** What every answer must follow, or null for plain text. */
  readonly format: AnswerFormat | null;
  readonly teacher: Project["distill"]["teacher"];
  readonly samplesPerPrompt: number;
}

/** Everything that the teacher is to be asked. */
export interface TeacherWork extends AskingContext {
  readonly prompts: PromptSource;
  /** Rows to be: prompts times samples. */
  readonly rows: number;
}

/** @throws ConfigError (exit 2) for a system prompt or a response schema that cannot be used. */
export async function readAskingContext(project: Project): Promise<AskingContext> {
  const { teacher, samples_per_prompt: samplesPerPrompt } = project.distill;
  const [system, format] = [await readSystemPrompt(project), await readAnswerFormat(project)];
  return { system, format, teacher, samplesPerPrompt };
}

/** Reads system prompt and schema, and checks all prompts. @throws DataError (exit 4) or ConfigError (exit 2) naming file and line. */
export async function readTeacherWork(project: Project, options: CheckOptions = {}): Promise<TeacherWork> {
  return checkTeacherWork(project, { ...options, context: await readAskingContext(project) });
}

/** The same, with what was read already. */
export async function checkTeacherWork(
  project: Project,
  { context, ...options }: CheckOptions & { readonly context: AskingContext },
): Promise<TeacherWork> {
  const prompts = await openPrompts(project, options);
  return { ...context, prompts, rows: prompts.count * context.samplesPerPrompt };
}

/** The requests in the rows' order, by prompt and then by sample; the tag is the row's number, from 0. */
export async function* teacherRequests(work: TeacherWork): AsyncGenerator<ModelRequest<number>> {
  for await (const { index, prompt } of work.prompts.rows())
    for (let sample = 0; sample < work.samplesPerPrompt; sample++)
      yield requestOf(prompt, { context: work, sample, tag: index * work.samplesPerPrompt + sample });
}

/**
 * Samples have indices below this, so that asking one again, because its answer was none, is the call with the index that much higher: a
 * ledger's answer is never changed or replaced.
 */
const mostSamples = 100;

export interface RequestOptions {
  readonly context: AskingContext;
  readonly sample: number;
  readonly tag: number;
  /** How many times the sample was asked and answered before, to no use. */
  readonly attempt?: number;
}

/** What a prompt is asked for one of its samples. */
export function requestOf(prompt: NumberedPrompt, options: RequestOptions): ModelRequest<number> {
  const { context, sample, tag, attempt = 0 } = options;
  const { system, messages } = conversationOf(prompt, context.system);
  const { teacher, format } = context;
  return {
    tag,
    messages: system === null ? messages : [{ role: "system", content: system }, ...messages],
    sample: sample + attempt * mostSamples,
    maxTokens: teacher.max_tokens,
    temperature: teacher.temperature,
    topP: teacher.top_p ?? undefined,
    seed: teacher.seed ?? undefined,
    stop: teacher.stop,
    reasoningEffort: teacher.reasoning_effort ?? undefined,
    responseSchema: format?.schema,
  };
}

/** A prompt's system message and the messages after it. */
export function conversationOf(
  { messages }: Pick<NumberedPrompt, "messages">,
  projectSystem: string | null,
): { system: string | null; messages: readonly Message[] } {
  const [first, ...rest] = messages;
  return first?.role === "system" ? { system: first.content, messages: rest } : { system: projectSystem, messages };
}
