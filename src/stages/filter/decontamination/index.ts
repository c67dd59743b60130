export { readBenchmarkTexts } from "./benchmark-texts.ts";
export { buildHeldOutIndex } from "./build-index.ts";
export { contaminationRule } from "./contamination-rule.ts";
export type { HeldOutIndex } from "./held-out-index.ts";
export type { HeldOutText } from "./held-out-text.ts";
