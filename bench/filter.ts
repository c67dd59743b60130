import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchFolder, makeRows } from "./support/filter-data.ts";
import { defaultRules, makeFilterProject, runFilter } from "./support/filter-project.ts";
import { compareSpeed } from "./support/filter-speed.ts";
import { profileRules } from "./support/rule-profile.ts";
import { compareTokenBounds } from "./support/token-bounds.ts";

/**
 * The gate, as `nexa filter` runs it over 200,000 sealed teacher outputs of about 900 bytes: its speed beside others' with the original's four rules,
 * its memory, what each rule takes, and the token minimum's bounds. Rows, projects and virtual environments stay in the temporary folder.
 *
 *     node bench/filter.ts                                  our own gate alone: four rules, and the default set without a judge
 *     node bench/filter.ts --peers --original DIR           beside polars, DuckDB, datatrove, and the Python original from a checkout
 *     node bench/filter.ts --rows 1000000 --only memory     the process's peak memory at 200,000 rows and at so many
 *     node bench/filter.ts --only profile                   microseconds a row of each default rule
 *     node bench/filter.ts --only tokens                    bounds first against encoding every row
 */
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "speed" },
    peers: { type: "boolean", default: false },
    original: { type: "string" },
  },
});
const rows = Number(values.rows);

switch (values.only) {
  case "speed":
    await compareSpeed({ rows, rounds: Number(values.rounds), peers: values.peers, original: values.original });
    break;
  case "memory":
    await measureMemory([...new Set([Math.min(200_000, rows), rows])]);
    break;
  case "profile":
    await profileRules(Math.min(rows, 50_000));
    break;
  case "tokens":
    await compareTokenBounds(Math.min(rows, 6_000));
    break;
  default:
    throw new Error(`--only ${values.only}: speed, memory, profile or tokens`);
}

async function measureMemory(sizes: readonly number[]): Promise<void> {
  console.log(
    "nexa filter, default rules without a judge: the whole process, its threads and DuckDB's memory among it",
  );
  for (const size of sizes) {
    const rowsPath = await makeRows(size);
    const dir = join(benchFolder, "memory");
    const run = await runFilter(await makeFilterProject(dir, { rowsPath, rows: size, setup: defaultRules }));
    const { peakBytes, seconds, counts } = run;
    console.log(
      `${size.toLocaleString("en-US").padStart(9)} rows: peak ${(peakBytes / 2 ** 30).toFixed(2)} GiB · ${seconds.toFixed(1)} s · ${Math.round(size / seconds).toLocaleString("en-US")} rows/s · kept ${counts.kept?.toLocaleString("en-US")}`,
    );
  }
}
