import type { FiltersConfig } from "../../../config/index.ts";
import type { GramTable } from "./gram-table.ts";
import type { TextNames } from "./text-names.ts";

export type DecontaminationConfig = FiltersConfig["decontamination"];

/** Held-out texts by their words' n-grams. Its arrays are in shared memory: a structured clone of it costs next to nothing. */
export interface HeldOutIndex {
  /** Words in an n-gram. */
  readonly size: number;
  readonly minOverlap: number;
  /** How many. */
  readonly texts: number;
  /** By text: 1 where it concerns every row. */
  readonly everyRow: Int32Array;
  /** Text + 1 by n-gram that counts; `anchor` by the first n-gram of texts that are looked for as a whole. */
  readonly grams: GramTable;
  /** How many of a text's n-grams count. */
  readonly counted: Int32Array;
  /** Text + 1 by the run of all its words, for texts that are looked for as a whole. */
  readonly wholes: GramTable;
  /** Numbers of words that these texts have, each once, ascending. */
  readonly wholeLengths: Int32Array;
  /** Hashes of all texts' words, and where each text begins in them. */
  readonly words: Int32Array;
  readonly firstWords: Int32Array;
  readonly names: TextNames;
}

/** In `grams`, where a text's number would stand. */
export const anchor = -1;
