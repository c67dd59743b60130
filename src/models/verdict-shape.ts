import { z } from "zod";

/** What a model writes into the list in the place of leaving it empty: not a flag, and not to be guessed at. */
const noFlag = /^(?:none|no|nothing|null|n\/?a|no_flags?|safe|harmless|empty)$/;

const flag = z
  .string()
  .transform((text) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, "_"),
  )
  .refine((name) => name !== "" && name.length <= 100, { error: "expected a name of 1 to 100 characters" })
  .refine((name) => !noFlag.test(name), { error: "where nothing is flagged the list must be empty" });

/** Overall or by criterion. A number in quotes is none. */
export const scoreShape = z.number().min(0).max(1);

/** Safety flags in snake_case, without repetition. */
export const flagsShape = z
  .array(flag)
  .max(50)
  .transform((flags) => [...new Set(flags)]);
