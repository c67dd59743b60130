export type { TrainingEvent } from "./events.ts";
export type { TrainRow } from "./render-rows.ts";
export { type TrainOptions, type TrainResult, trainEmbedded } from "./train.ts";
