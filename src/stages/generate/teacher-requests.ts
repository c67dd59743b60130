import type { ModelRequest } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import type { Message } from "../../records/index.ts";
import { type NumberedPrompt, readPrompts } from "./read-prompts.ts";
import { readSystemPrompt } from "./system-prompt.ts";

/** Everything that the teacher is to be asked. */
export interface TeacherWork {
  readonly prompts: readonly NumberedPrompt[];
  /** The prompts file as errors name it. */
  readonly file: string;
  /** The project's system prompt; a prompt with a system message of its own is asked with that one. */
  readonly system: string | null;
  readonly samplesPerPrompt: number;
  /** Rows to be: prompts times samples. */
  readonly rows: number;
}

/** Reads prompts and system prompt. @throws DataError (exit 4) or ConfigError (exit 2) naming file and line. */
export async function readTeacherWork(
  project: Project,
  onWarning: (message: string) => void = () => undefined,
): Promise<TeacherWork> {
  const { prompts: files, max_samples: maxSamples, samples_per_prompt: samplesPerPrompt } = project.distill;
  const file = [files].flat()[0] ?? "";
  const system = await readSystemPrompt(project);
  const prompts = await readPrompts(project.path(file), { projectPath: file, maxSamples, onWarning });
  return { prompts, file, system, samplesPerPrompt, rows: prompts.length * samplesPerPrompt };
}

/** The requests in the rows' order, by prompt and then by sample; the tag is the row's number, from 0. */
export function* teacherRequests(work: TeacherWork, { teacher }: Project["distill"]): Generator<ModelRequest<number>> {
  const sampling = {
    maxTokens: teacher.max_tokens,
    temperature: teacher.temperature,
    topP: teacher.top_p ?? undefined,
    seed: teacher.seed ?? undefined,
  };
  let tag = 0;
  for (const prompt of work.prompts) {
    const { system, messages } = conversationOf(prompt, work.system);
    const asked: readonly Message[] = system === null ? messages : [{ role: "system", content: system }, ...messages];
    for (let sample = 0; sample < work.samplesPerPrompt; sample++)
      yield { tag: tag++, messages: asked, sample, ...sampling };
  }
}

/** A prompt's system message and the messages after it. */
export function conversationOf(
  { messages }: NumberedPrompt,
  projectSystem: string | null,
): { system: string | null; messages: readonly Message[] } {
  const [first, ...rest] = messages;
  return first?.role === "system" ? { system: first.content, messages: rest } : { system: projectSystem, messages };
}
