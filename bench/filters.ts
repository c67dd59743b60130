/**
 * The gate's speed on one thread, each figure with the baseline that was run beside it, alternating, in the same process.
 * - token minimum: bounds first, against encoding every row in full.
 * - all free rules: the whole gate before the judge, as rows a second.
 * Usage: node bench/filters.ts [ROWS]
 */
import { parseArgs } from "node:util";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { configDocuments, type FiltersConfig } from "../src/config/index.ts";
import { loadTokenGauge } from "../src/models/index.ts";
import type { TeacherOutputRow } from "../src/records/index.ts";
import { createRules } from "../src/stages/filter/create-rules.ts";
import { runGate } from "../src/stages/filter/gate.ts";
import { dilutionAnswers, proseAnswers } from "./support-filter-rows.ts";

const rounds = 5;
const filters = configDocuments.filters.schema.parse({}) as FiltersConfig;
const { positionals } = parseArgs({ allowPositionals: true });
const rowCount = Number(positionals[0] ?? 6_000);

/** Median seconds of both, run in turn, after one round to warm up. */
async function timeBeside(work: () => unknown, baseline: () => unknown): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [index, run] of [work, baseline].entries()) {
      const before = performance.now();
      await run();
      if (round > 0) times[index]?.push((performance.now() - before) / 1000);
    }
  }
  return times.map((seconds) => seconds.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0) as [number, number];
}

function perSecond(rows: number, seconds: number): string {
  return `${Math.round(rows / seconds).toLocaleString("en-US")} rows/s`.padStart(18);
}

async function measure(name: string, rows: readonly TeacherOutputRow[]): Promise<void> {
  const { tokenizer, min_token_length: minimum } = filters.basic;
  const gauge = await loadTokenGauge(tokenizer);
  const options = { disallowedSpecial: new Set<string>() };
  const texts = rows.map(({ teacher_output: text }) => (text ?? "").trim());
  let bounded = 0;
  let encoded = 0;
  const [fast, naive] = await timeBeside(
    () => {
      bounded = texts.filter((text) => gauge.hasAtLeast(text, minimum)).length;
    },
    () => {
      encoded = texts.filter((text) => countTokens(text, options) >= minimum).length;
    },
  );
  if (bounded !== encoded) throw new Error(`The bounds let ${bounded} rows pass, the encoder ${encoded}`);
  const signal = new AbortController().signal;
  const gate = async () => runGate(rows, { rules: await createRules(filters), judge: null, signal });
  const [gateSeconds] = await timeBeside(gate, () => undefined);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / rows.length;
  console.log(
    `${name}: ${rows.length.toLocaleString("en-US")} rows of ${Math.round(bytes)} bytes, ${bounded} with ${minimum} tokens`,
  );
  console.log(
    `  token minimum, bounds first  ${perSecond(rows.length, fast)}   ${(naive / fast).toFixed(1)} x the baseline`,
  );
  console.log(`  baseline: encode every row   ${perSecond(rows.length, naive)}`);
  console.log(`  all free rules, one thread   ${perSecond(rows.length, gateSeconds)}`);
}

await measure("bench-science", dilutionAnswers(rowCount));
await measure("prose", proseAnswers(rowCount));
