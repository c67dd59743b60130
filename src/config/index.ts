export type { DistillConfig } from "./distill-schema.ts";
export { configDocuments, type DocumentName, documentNames } from "./documents.ts";
export { defaultActionVerbs, type FiltersConfig, needsJudge } from "./filters-schema.ts";
export type { ModelEntry, NexaConfig } from "./nexa-schema.ts";
export {
  describeKeyPlace,
  findProjectDir,
  type LoadProjectOptions,
  loadProject,
  type Project,
  shortenPath,
} from "./project.ts";
export type { TrainConfig } from "./train-schema.ts";
