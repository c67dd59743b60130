export { type TinySchedule, tinyScheduleSchema } from "../config/tiny-schedule.ts";
export {
  type ChatMessage,
  type ChatTemplate,
  type RenderedRow,
  type RenderOptions,
  renderPrompt,
  renderTrainingRow,
} from "./chat-template.ts";
export {
  type Checkpoint,
  loadCheckpoint,
  untrainedCheckpoint,
  writeCheckpoint,
  writeFolderAtomic,
} from "./checkpoint.ts";
export { createDecoder, type Decoder, type GenerateOptions, type Generation } from "./decoder.ts";
export { countParameters, type LlamaConfig, parameterSpecs, type StudentSize, type Weights } from "./llama-config.ts";
export { loadTokenCount } from "./load-token-count.ts";
export { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts";
export { createTinyTokenizer, type StudentText, tinyContextLength } from "./tiny.ts";
export type { StudentTokenizer } from "./tokenizer.ts";
