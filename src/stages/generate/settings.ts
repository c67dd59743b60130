import type { Project } from "../../config/index.ts";
import { type Json, sha256Text } from "../../core/index.ts";
import { locateModel } from "../../models/index.ts";
import type { Choices } from "../stage.ts";
import { readAnswerFormat } from "./answer-format.ts";
import { readSystemPrompt } from "./system-prompt.ts";

/** What the rows depend on besides the prompts' files. Keys that are left at their defaults are left out: those came later. */
export async function generateSettings(project: Project, choices: Choices): Promise<Json> {
  const { teacher, samples_per_prompt, max_samples } = project.distill;
  const { provider, origin, identity } = await locateModel(choices.teacher.model, { models: project.nexa.models });
  const [system, format] = [await readSystemPrompt(project), await readAnswerFormat(project)];
  return {
    teacher: { model: choices.teacher.model, provider, origin, identity },
    sampling: {
      temperature: teacher.temperature,
      top_p: teacher.top_p,
      seed: teacher.seed,
      max_tokens: teacher.max_tokens,
      stop: teacher.stop.length === 0 ? undefined : teacher.stop,
      reasoning_effort: teacher.reasoning_effort ?? undefined,
    },
    samples_per_prompt,
    max_samples,
    system_prompt_sha256: system === null ? null : sha256Text(system),
    response_schema_sha256: format?.sha256,
    input: inputSettings(project.distill),
  };
}

function inputSettings({ columns, prompt_template, prompts_split }: Project["distill"]): Json | undefined {
  const named = Object.entries(columns).filter(([, column]) => column !== null);
  if (named.length === 0 && prompt_template === null && prompts_split === null) return undefined;
  return { columns: Object.fromEntries(named), prompt_template, prompts_split };
}
