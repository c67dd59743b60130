import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CancelledError, DataError, JobError } from "../../../core/errors.ts";
import {
  type Checkpoint,
  type RenderedRow,
  type TinySchedule,
  untrainedCheckpoint,
  writeCheckpoint,
} from "../../../student/index.ts";
import { measureLoss, splitRows } from "./batch-loss.ts";
import { countLossTokens, createBatchOrder, paddedLength } from "./batches.ts";
import { appendEvent, type TrainingEvent, truncateEvents } from "./events.ts";
import { fingerprintRun } from "./fingerprint.ts";
import { learningRateShare } from "./learning-rate.ts";
import { renderRows, type TrainRow } from "./render-rows.ts";
import { createShardPool } from "./shard-pool.ts";
import { createTrainingMemory, gradientNorm, readWeights, shardCount, writeWeights } from "./training-memory.ts";
import { restoreTrainingState, saveTrainingState, startProgress } from "./training-state.ts";

/** Steps between two events. */
const eventSteps = 10;
/** Validation rows that the validation loss is measured on, at most. */
const maxValidationRows = 256;

export interface TrainOptions {
  readonly trainRows: readonly TrainRow[];
  readonly validationRows: readonly TrainRow[];
  readonly schedule: TinySchedule;
  /** Seed of the initial weights and of the row order. */
  readonly seed: number;
  /** Folder of the final model; checkpoints and events.jsonl go there too. */
  readonly outDir: string;
  /** Cores to use, at most two; the weights come out the same. */
  readonly threads?: number | undefined;
  /** Steps between checkpoints. */
  readonly checkpointSteps: number;
  /** Ends the training after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the step that an earlier start had reached, before the first of this one. */
  readonly onResume?: ((step: number) => void) | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
}

export interface TrainResult {
  readonly steps: number;
  /** Seconds of training over all starts, without reading and rendering the rows. */
  readonly trainSeconds: number;
  readonly parameters: number;
  /** Mean loss a token over the last steps. */
  readonly finalLoss: number;
  /** Loss on the validation rows at the end; null without any. */
  readonly validationLoss: number | null;
  /** The step that an earlier start had reached; null for a fresh run. */
  readonly resumedFrom: number | null;
}

/**
 * Trains nexa:tiny from scratch on the answers of the rows and writes it as a Hugging Face folder. Killed at any moment and called again
 * with the same options, it goes on from its newest checkpoint and ends with the same weights.
 * @throws DataError naming the row that lies outside the student's vocabulary or context.
 * @throws CancelledError when the signal ends it; a checkpoint is written before.
 */
export async function trainEmbedded(options: TrainOptions): Promise<TrainResult> {
  const { schedule, seed, outDir, signal } = options;
  const batchSize = schedule.batch_size;
  const untrained = untrainedCheckpoint(seed, schedule);
  const { config } = untrained;
  const rows = renderRows(options.trainRows, untrained);
  const validation = renderRows(options.validationRows.slice(0, maxValidationRows), untrained);
  if (rows.length === 0) throw new DataError("No rows to train on.", { file: "training rows", code: "no_rows" });

  const shape = { length: paddedLength([...rows, ...validation]), vocabSize: config.vocab_size };
  const memory = createTrainingMemory(config);
  writeWeights(memory, config, untrained.weights);
  const currentCheckpoint = (): Checkpoint => ({ ...untrained, weights: readWeights(memory, config) });
  const order = createBatchOrder({ rowCount: rows.length, batchSize, seed });

  await mkdir(outDir, { recursive: true });
  const fingerprint = fingerprintRun({ rows, validation, schedule, seed, length: shape.length });
  const restored = await restoreTrainingState(outDir, { memory, fingerprint });
  const resumedFrom = restored?.step ?? null;
  if (resumedFrom !== null) options.onResume?.(resumedFrom);
  const progress = restored ?? startProgress(fingerprint);
  // The final model is complete or absent: what an earlier run left goes before the first step.
  await rm(join(outDir, "model.safetensors"), { force: true });
  const eventsFile = join(outDir, "events.jsonl");
  await truncateEvents(eventsFile, progress.step);

  await using pool = createShardPool({ config, memory, length: shape.length, threads: options.threads ?? shardCount });
  let clock = performance.now();
  while (progress.step < schedule.steps) {
    const began = performance.now();
    const batch = order.rowsAt(progress.step).map((index) => rows[index] as RenderedRow);
    const rate = learningRateShare(progress.step, schedule);
    const loss = await pool.computeGradients(
      splitRows(batch, { batchSize, lossTokens: countLossTokens(batch), shape }),
    );
    if (!Number.isFinite(loss)) throw divergedError(progress.step);
    progress.step++;
    await pool.update({
      step: progress.step,
      muonLearningRate: schedule.learning_rate * rate,
      adamLearningRate: schedule.adam_learning_rate * rate,
    });
    progress.pending_seconds += (performance.now() - began) / 1000;
    progress.pending_tokens += batch.reduce((sum, row) => sum + row.ids.length, 0);
    progress.pending_losses.push(loss);

    const isLast = progress.step === schedule.steps;
    const isMeasured = validation.length > 0 && (isLast || progress.step % schedule.eval_steps === 0);
    if (isMeasured) progress.validation_loss = await measureLoss(pool, validation, { batchSize, shape });
    progress.train_seconds += (performance.now() - clock) / 1000;
    clock = performance.now();

    if (isLast || isMeasured || progress.step % eventSteps === 0) {
      progress.loss = progress.pending_losses.reduce((sum, value) => sum + value, 0) / progress.pending_losses.length;
      const event: TrainingEvent = {
        step: progress.step,
        epoch: order.epochsAfter(progress.step),
        loss: progress.loss,
        ...(isMeasured && progress.validation_loss !== null ? { eval_loss: progress.validation_loss } : {}),
        learning_rate: schedule.learning_rate * rate,
        grad_norm: gradientNorm(memory),
        tokens_per_second: progress.pending_tokens / progress.pending_seconds,
        eta_seconds: ((schedule.steps - progress.step) * progress.train_seconds) / progress.step,
      };
      await appendEvent(eventsFile, event);
      options.onEvent?.(event);
      Object.assign(progress, { pending_losses: [], pending_tokens: 0, pending_seconds: 0 });
    }
    const isStopped = signal?.aborted === true && !isLast;
    if (isLast || isStopped || progress.step % options.checkpointSteps === 0) {
      await saveTrainingState(outDir, { checkpoint: currentCheckpoint(), memory, progress });
    }
    if (isStopped) throw new CancelledError(`Training stopped after step ${progress.step} of ${schedule.steps}.`);
  }
  await writeCheckpoint(outDir, currentCheckpoint());
  return {
    steps: progress.step,
    trainSeconds: progress.train_seconds,
    parameters: untrained.parameters,
    finalLoss: progress.loss ?? Number.NaN,
    validationLoss: progress.validation_loss,
    resumedFrom,
  };
}

function divergedError(step: number): JobError {
  return new JobError(`The loss is no number any more at step ${step + 1}.`, {
    code: "diverged",
    hint: "Lower tiny.learning_rate and tiny.adam_learning_rate, and train again.",
  });
}
