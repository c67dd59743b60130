import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { configDocuments, type FiltersConfig } from "../../src/config/index.ts";
import { loadTokenGauge } from "../../src/models/index.ts";
import type { TeacherOutputRow } from "../../src/records/index.ts";
import { dilutionAnswers, proseAnswers } from "./filter-rows.ts";
import { spreadOf } from "./measure.ts";

const rounds = 5;

/** The token minimum on one thread: bounds first, against encoding every row in full, in turns in this process. */
export async function compareTokenBounds(rows: number): Promise<void> {
  console.log("\ntoken minimum, one thread: bounds first, against encoding every row (median of 5)");
  await compare("bench-science", dilutionAnswers(rows));
  await compare("prose", proseAnswers(rows));
}

async function compare(name: string, rows: readonly TeacherOutputRow[]): Promise<void> {
  const { basic } = configDocuments.filters.schema.parse({}) as FiltersConfig;
  const minimum = basic.min_token_length;
  const gauge = await loadTokenGauge("o200k_base");
  const texts = rows.map(({ teacher_output: text }) => (text ?? "").trim());
  const options = { disallowedSpecial: new Set<string>() };
  const works = {
    bounded: () => texts.filter((text) => gauge.hasAtLeast(text, minimum)).length,
    encoded: () => texts.filter((text) => countTokens(text, options) >= minimum).length,
  };
  const seconds = { bounded: [] as number[], encoded: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const found = { bounded: 0, encoded: 0 };
    for (const work of ["bounded", "encoded"] as const) {
      const before = performance.now();
      found[work] = works[work]();
      // The first round warms up.
      if (round > 0) seconds[work].push((performance.now() - before) / 1000);
    }
    if (found.bounded !== found.encoded) {
      throw new Error(`The bounds let ${found.bounded} rows pass, the encoder ${found.encoded}`);
    }
  }
  const [bounded, encoded] = [spreadOf(seconds.bounded).median, spreadOf(seconds.encoded).median];
  const perSecond = (time: number): string => `${Math.round(rows.length / time).toLocaleString("en-US")} rows/s`;
  const ratio = (encoded / bounded).toFixed(1);
  console.log(
    `${name.padEnd(14)} ${perSecond(bounded)}, ${ratio} times the ${perSecond(encoded)} of encoding every row`,
  );
}
