import type { FiltersConfig } from "../../config/index.ts";
import { DataError, formatCount, formatPercent, toSafeLine } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { GateFigures } from "./gate-figures.ts";

type BuiltInReason = Exclude<ReasonCode, `rule:${string}`>;

/** What lets more rows pass, by what stopped them. */
const remedies: Readonly<Record<BuiltInReason, string>> = {
  empty: "look at `error` in the teacher's outputs",
  truncated: "raise teacher.max_tokens, or set basic.ban_truncated=false",
  encoding: "write the input anew as UTF-8, or set basic.ban_encoding_damage=false",
  too_few_characters: "lower basic.min_char_length",
  too_many_characters: "raise basic.max_char_length",
  too_few_tokens: "lower basic.min_token_length",
  too_many_tokens: "raise basic.max_token_length",
  no_action_verb: "add to basic.allowed_action_verbs, or set basic.require_action_verb=false",
  citation: "set basic.ban_citations=false, or ask the teacher for answers without citations",
  refusal: "look at what the teacher refuses, or set basic.ban_refusals=false",
  repetition: "raise the shares under basic.repetition, or the teacher's temperature",
  language: "add to basic.languages, or empty it for any",
  invalid_json: "set sample_gate.require_valid_json=false, or `auto` for the prompts with expects_json alone",
  json_schema:
    "look at the schema of sample_gate.json_schema_path, or give it to the teacher as teacher.response_schema_path",
  secret: "set sample_gate.secrets=ignore",
  personal_data: "set sample_gate.personal_data=redact",
  contaminated: "look at decontamination.files, or raise decontamination.min_overlap",
  unjudged: "use a judge that knows these prompts, or set sample_gate.enabled=false",
  low_judge_score: "lower sample_gate.min_judge_score, or look at the rubric",
  safety_flag: "look at the prompts, or set sample_gate.block_safety_flags=false",
  duplicate: "look at duplicates.against, or set duplicates.enabled=false",
  near_duplicate: "raise duplicates.near.threshold, or set duplicates.near.enabled=false",
};

const mostReasons = 6;
const mostRemedies = 3;

/**
 * The error for a gate that let nothing pass (exit 4): the histogram of reasons, and the settings behind the top ones. The kept rows of an
 * earlier run stay, without their manifest.
 */
export function nothingKept(
  figures: GateFigures,
  { file, filters }: { readonly file: string; readonly filters: FiltersConfig },
): DataError {
  const { input, unjudged, reasons } = figures;
  const what = unjudged === input ? "left unjudged" : unjudged > 0 ? "rejected or left unjudged" : "rejected";
  const remedy = [...reasons.keys()].slice(0, mostRemedies).map((reason) => remedyFor(reason));
  return new DataError(`none of the ${formatCount(input)} answers is kept, all are ${what} (${histogram(figures)})`, {
    file,
    code: "nothing_kept",
    hint:
      `${filters.rejections} has every row with its reasons; the rows of an earlier run, if ${filters.output} is there, no longer count. ` +
      `To let more pass: ${remedy.join("; ")}.`,
  });
}

function histogram({ input, reasons }: GateFigures): string {
  const counts = [...reasons].map(
    ([reason, rows]) => `${toSafeLine(reason, 60)} ${formatCount(rows)}, ${formatPercent(rows / input)}`,
  );
  const others = counts.length - mostReasons;
  return [...counts.slice(0, mostReasons), ...(others > 0 ? [`${others} more reasons`] : [])].join("; ");
}

function remedyFor(reason: ReasonCode): string {
  if (isBuiltIn(reason)) return remedies[reason];
  return `look at \`${toSafeLine(reason.slice("rule:".length), 60)}\` under \`rules\``;
}

function isBuiltIn(reason: ReasonCode): reason is BuiltInReason {
  return Object.hasOwn(remedies, reason);
}
