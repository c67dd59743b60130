export { generateStage } from "./generate-stage.ts";
export { checkPromptsFile } from "./input/check-file.ts";
export type { NumberedPrompt } from "./input/numbered-prompt.ts";
export { type IndexedPrompt, openPrompts, type PromptSource } from "./input/open-prompts.ts";
export { planGenerate } from "./plan-generate.ts";
export { tryPrompts } from "./try-prompts.ts";
