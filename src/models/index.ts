export type {
  BatchApi,
  BatchError,
  BatchItem,
  BatchLine,
  BatchPhase,
  BatchStatus,
  PreparedCall,
  SubmitOptions,
} from "./batch-api.ts";
export { type ChooseModelOptions, chooseModel, howToUse } from "./choose-model.ts";
export { loadTokenCounter, maxPromptTokens, type TokenCounter } from "./count-tokens.ts";
export { describeModel, locateModel, type ModelContext } from "./describe-model.ts";
export type { Environment } from "./environment.ts";
export { findStudentTokenizer } from "./find-student-tokenizer.ts";
export { benchScienceName, verifierName } from "./fingerprint.ts";
export { fromLanguageModel, type LanguageModelOptions } from "./from-language-model.ts";
export { isJudgeProgram, type JudgeProgram, JudgeProgramError, type ProgramVerdict } from "./judge-program.ts";
export {
  caseMessage,
  type JudgeCase,
  judgeMessages,
  parseJudgeMessages,
  verdictForm,
  verdictSchemaFor,
} from "./judge-request.ts";
export type { ModelChoice } from "./model-choice.ts";
export type { ModelEntries } from "./model-name.ts";
export { costOf, type TokenPrice, type TokenRates, type TokenUse, worstCostOf } from "./price.ts";
export type { RemoteConnection } from "./remote-connection.ts";
export { type ResolveModelOptions, resolveModel } from "./resolve-model.ts";
export {
  type ModelDescription,
  type ModelLimits,
  type ModelLocation,
  noLimits,
  type ResolvedModel,
} from "./resolved-model.ts";
export { createStudentModel, type StudentModelOptions } from "./student-model.ts";
export { adviseNotFound, suggestModels } from "./suggest-models.ts";
export { createThreadedDecoder, decoderThreads } from "./threaded-decoder.ts";
export {
  loadTokenGauge,
  longestTokenBytes,
  type StudentPlace,
  type TokenGauge,
  type TokenizerName,
} from "./token-gauge.ts";
export { flagsShape, scoreShape } from "./verdict-shape.ts";
