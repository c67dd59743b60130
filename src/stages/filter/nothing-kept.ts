import type { FiltersConfig } from "../../config/index.ts";
import { DataError, formatCount } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { Tally } from "./tally.ts";

/** What lets more rows pass, by what stopped them. */
const remedies: Readonly<Record<ReasonCode, string>> = {
  too_few_characters: "lower basic.min_char_length",
  too_few_tokens: "lower basic.min_token_length",
  no_action_verb: "add to basic.allowed_action_verbs, or set basic.require_action_verb=false",
  citation: "set basic.ban_citations=false, or ask the teacher for answers without citations",
  low_judge_score: "lower sample_gate.min_judge_score, or look at the rubric",
  unjudged: "use a judge that knows these prompts, or set sample_gate.enabled=false",
  invalid_json: "set sample_gate.require_valid_json=false, or `auto` for the prompts with expects_json alone",
  safety_flag: "set sample_gate.block_safety_flags=false, or look at the prompts",
  duplicate: "set duplicates.enabled=false",
  truncated: "raise teacher.max_tokens",
  empty: "look at `error` in the teacher's outputs",
};

/** The error for a gate that let nothing pass: the top reasons, and the settings behind them. The kept rows of an earlier run stay, without their manifest. */
export function nothingKept(tally: Tally, { file, filters }: { file: string; filters: FiltersConfig }): DataError {
  const top = [...tally.reasons].slice(0, 3);
  const counts = top.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(", ");
  const what =
    tally.unjudged === tally.input ? "left unjudged" : tally.unjudged > 0 ? "rejected or left unjudged" : "rejected";
  return new DataError(`none of the ${formatCount(tally.input)} answers is kept, all are ${what} (${counts})`, {
    file,
    code: "nothing_kept",
    hint:
      `${filters.rejections} has every row with its reasons; the rows of an earlier run, if ${filters.output} is there, no longer count. ` +
      `To let more pass: ${top.map(([reason]) => remedies[reason]).join("; ")}.`,
  });
}
