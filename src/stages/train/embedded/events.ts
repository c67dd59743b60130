import { appendFile, readFile } from "node:fs/promises";
import { explainWriteError, writeFileAtomic } from "../../../core/atomic-file.ts";
import { systemErrorCode } from "../../../core/errors.ts";

/** One line of events.jsonl, every few steps. */
export interface TrainingEvent {
  /** Steps done. */
  readonly step: number;
  /** Passes over the training rows done. */
  readonly epoch: number;
  /** Mean loss a token over the steps since the last event. */
  readonly loss: number;
  /** Loss on the validation rows, where it was measured at this step. */
  readonly eval_loss?: number;
  /** Muon's learning rate of the last step. */
  readonly learning_rate: number;
  /** Length of the last step's gradient. */
  readonly grad_norm: number;
  /** Tokens of rows, padding left out, a second, over the steps since the last event. */
  readonly tokens_per_second: number;
  readonly eta_seconds: number;
}

/** Keeps the lines of events.jsonl up to a step, as a resumed run writes the later ones again; a cut last line goes too. */
export async function truncateEvents(file: string, lastStep: number): Promise<void> {
  let text = "";
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
  const kept = text.split("\n").filter((line) => (parseStep(line) ?? Number.POSITIVE_INFINITY) <= lastStep);
  await writeFileAtomic(file, kept.map((line) => `${line}\n`).join(""));
}

/** @throws JobError naming the file when the disk is full. */
export async function appendEvent(file: string, event: TrainingEvent): Promise<void> {
  try {
    await appendFile(file, `${JSON.stringify(event)}\n`);
  } catch (error) {
    throw explainWriteError(file, error);
  }
}

function parseStep(line: string): number | null {
  try {
    const { step } = JSON.parse(line);
    return typeof step === "number" ? step : null;
  } catch {
    return null;
  }
}
