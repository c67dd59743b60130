export { generateStage } from "./generate-stage.ts";
export { planGenerate } from "./plan-generate.ts";
export { type NumberedPrompt, type ReadPromptsOptions, readPrompts } from "./read-prompts.ts";
