/** A text that what is trained on must not hold. */
export interface HeldOutText {
  readonly text: string;
  /** Where it is from: a file's name, or `test split`. */
  readonly source: string;
  readonly id: string;
  /** Texts of one group are ways to ask for the same: words that they share are theirs, not a template's. A group of its own where left out. */
  readonly group?: string;
  /** Whether no row at all may hold it, as a benchmark's texts, or only those that are trained on, as the project's own test split's. */
  readonly concernsEveryRow?: boolean;
}
