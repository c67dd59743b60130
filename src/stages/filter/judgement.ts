import type { Json } from "../../core/index.ts";

/** What the judge made of a row: a verdict, or none, and then why. */
export type Judgement =
  | {
      readonly state: "judged";
      /** The judge's model. */
      readonly judge: string;
      /** Overall, 0 to 1. */
      readonly score: number;
      /** By criterion, 0 to 1. */
      readonly scores: Readonly<Record<string, number>>;
      readonly flags: readonly string[];
      readonly rationale: string;
    }
  | { readonly state: "failed"; readonly detail: Json };
