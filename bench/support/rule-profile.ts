import { configDocuments, type FiltersConfig } from "../../src/config/index.ts";
import type { TeacherOutputRow } from "../../src/records/index.ts";
import { createFreeRules } from "../../src/stages/filter/create-rules.ts";
import { createFingerprinter } from "../../src/stages/filter/duplicates/index.ts";
import type { Candidate } from "../../src/stages/filter/rule.ts";
import { gateRows } from "./filter-rows.ts";
import { spreadOf } from "./measure.ts";

const rounds = 5;

/** What is done to every row, one after the other. */
interface Work {
  readonly name: string;
  /** Whether the row passes it. */
  readonly run: (candidate: Candidate) => boolean | Promise<boolean>;
}

/** Microseconds a row of each default rule on one thread, every rule over all rows, and of what the search for duplicates needs of each. */
export async function profileRules(count: number): Promise<void> {
  const filters = configDocuments.filters.schema.parse({}) as FiltersConfig;
  const rules = await createFreeRules(filters, { dir: process.cwd(), studentTokenizer: null, jsonSchemaPath: null });
  const candidates = [...gateRows(count)].map(toCandidate);
  const works: Work[] = rules.map((rule) => ({
    name: rule.name,
    run: (candidate) => {
      const outcome = rule.check(candidate);
      return outcome instanceof Promise ? outcome.then(({ keep }) => keep) : outcome.keep;
    },
  }));
  const fingerprinter = createFingerprinter(filters.duplicates);
  works.push({
    name: "fingerprint for duplicates",
    run: ({ row, answer }) => {
      fingerprinter.add({ request: row.request, answer });
      return true;
    },
  });
  console.log(
    `${count.toLocaleString("en-US")} rows, one thread, median of ${rounds} (least to most), microseconds a row`,
  );
  let sum = 0;
  for (const { name, run } of works) {
    const times: number[] = [];
    let passed = 0;
    for (let round = 0; round <= rounds; round++) {
      const before = performance.now();
      passed = 0;
      for (const candidate of candidates) {
        const outcome = run(candidate);
        if (typeof outcome === "boolean" ? outcome : await outcome) passed++;
      }
      // The first round warms up.
      if (round > 0) times.push(((performance.now() - before) * 1000) / count);
      fingerprinter.take();
    }
    const { median, min, max } = spreadOf(times);
    sum += median;
    console.log(
      `${name.padEnd(28)} ${median.toFixed(2).padStart(7)} (${min.toFixed(2)} to ${max.toFixed(2)}), ${(count - passed).toLocaleString("en-US")} rejected`,
    );
  }
  console.log(`${"all".padEnd(28)} ${sum.toFixed(2).padStart(7)}`);
}

function toCandidate(row: TeacherOutputRow): Candidate {
  return {
    row: { ...row, request: row.prompt, isTrainedOn: true },
    answer: row.teacher_output ?? "",
    sqlValues: [],
    wholeRow: null,
  };
}
