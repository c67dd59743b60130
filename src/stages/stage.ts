import type { Project } from "../config/index.ts";
import type { Json, Reporter } from "../core/index.ts";
import type { ModelChoice } from "../models/index.ts";

/** In the pipeline's order; these are the commands' names too. */
export const stageNames = ["generate", "filter", "package", "train", "evaluate"] as const;
export type StageName = (typeof stageNames)[number];

export type { ModelChoice } from "../models/index.ts";

/** What is used, decided once when a pipeline or stage is started, and stored with its jobs. */
export interface Choices {
  readonly teacher: ModelChoice;
  readonly judge: ModelChoice;
  readonly student: ModelChoice;
  /** Dollars that may be spent in all, or null. */
  readonly budgetUsd: number | null;
}

/** A file that a stage reads. */
export interface StageInput {
  /** Project-relative. */
  readonly path: string;
  /** The stage that makes it, or null for the user's own file. */
  readonly from: StageName | null;
}

export interface StageOutput {
  /** Project-relative. */
  readonly path: string;
  /** Rows in it, or null where it has none (a model, a page). */
  readonly rows: number | null;
}

export interface StageContext {
  readonly choices: Choices;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Files given on the command line in the place of the config's, by what they replace. */
  readonly inputOverride?: string | undefined;
  /** Ask calls again that failed for good in an earlier run. */
  readonly retryFailed?: boolean | undefined;
  /** When the last of the inputs was there, in ms since the epoch; the stage's own time counts from then. */
  readonly inputReadyAt?: number | undefined;
}

export interface StageResult {
  readonly outputs: readonly StageOutput[];
  /** Numbers worth keeping in the manifest, e.g. {kept: 5210, rejected: 790}. */
  readonly counts: Readonly<Record<string, number>>;
  /** Rejection reason -> rows, where the stage rejects. */
  readonly reasons?: Readonly<Record<string, number>>;
  /** Dollars that this stage's outputs cost, in this and earlier runs. */
  readonly costUsd: number;
  /** Whatever else the manifest should hold. */
  readonly details?: Readonly<Record<string, Json>>;
}

export interface StagePlan {
  /** What the stage would do, as lines for people. */
  readonly lines: readonly string[];
  readonly rows: number;
  /** Model calls still to be made, and those that the ledger already holds. */
  readonly calls: { readonly toMake: number; readonly alreadyBought: number };
  readonly tokens: {
    readonly prompt: number;
    readonly completionLow: number;
    readonly completionHigh: number;
    /** Whether the prompts are counted in the model's own encoding. */
    readonly isExact: boolean;
  };
  readonly costUsd: { readonly low: number; readonly high: number; readonly isKnown: boolean };
  /** Seconds at the account's limits; null where none is known, or the calls go by batch. */
  readonly timeSeconds: { readonly low: number; readonly high: number } | null;
  /** Dollars of the dearest call, which a budget has to hold beside what is bought. */
  readonly worstCallUsd: number;
  /** Of the model that the configuration names, where an offline one stands in for it. */
  readonly instead?: Pick<StagePlan, "costUsd" | "worstCallUsd">;
}

/** A stage is a value; stages meet in files only. The pipeline takes locks, checks inputs, skips what is done, and seals the manifest. */
export interface Stage {
  readonly name: StageName;
  /** The tmux session's and log's name. */
  readonly session: string;
  inputs(project: Project, choices: Choices): readonly StageInput[];
  /** The first one is what the manifest is named after. */
  outputs(project: Project): readonly string[];
  /** What the result depends on besides the inputs; its hash is the config hash. Not: concurrency, batch size, budget. */
  settings(project: Project, choices: Choices): Promise<Json>;
  run(project: Project, context: StageContext): Promise<StageResult>;
}

export const sessionNames: Readonly<Record<StageName, string>> = {
  generate: "data_gen",
  filter: "filtering",
  package: "packaging",
  train: "training",
  evaluate: "evaluation",
};
