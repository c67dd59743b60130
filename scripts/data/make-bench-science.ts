// Writes data/prompts/bench_science.jsonl: the same bytes on every run and machine.
//   node scripts/data/make-bench-science.ts [--rows 6000] [--out FILE]
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  type DilutionRequest,
  dilutionFactors,
  finalMillimolarRange,
  formatPrompt,
  groupOf,
  purposes,
  solutes,
  solve,
  volumeRange,
  volumeUnits,
} from "../../src/models/bench-science/task.ts";

/** One prompt in this many asks for JSON. */
const jsonEvery = 10;
/** One prompt in this many takes the numbers of an earlier one, so that groups of more than one prompt exist. */
const repeatEvery = 20;

const rng = xoroshiro128plus(20_260_101);

function pick<T>(choices: readonly T[]): T {
  return choices[uniformInt(rng, 0, choices.length - 1)] as T;
}

/** Every (volume, factor) that divides without a rest, in random order. */
function shuffledPairs(): { volume: number; factor: number }[] {
  const pairs = dilutionFactors.flatMap((factor) =>
    Array.from({ length: volumeRange.max - volumeRange.min + 1 }, (_, i) => ({ volume: volumeRange.min + i, factor })),
  );
  const exact = pairs.filter(({ volume, factor }) => volume % factor === 0);
  for (let i = exact.length - 1; i > 0; i--) {
    const j = uniformInt(rng, 0, i);
    [exact[i], exact[j]] = [exact[j] as (typeof exact)[number], exact[i] as (typeof exact)[number]];
  }
  return exact;
}

function drawRequest(volume: number, factor: number, expectsJson: boolean): DilutionRequest {
  const finalMillimolar = uniformInt(rng, finalMillimolarRange.min, finalMillimolarRange.max);
  return {
    volume,
    unit: pick(volumeUnits),
    finalMillimolar,
    stockMillimolar: finalMillimolar * factor,
    solute: pick(solutes),
    purpose: pick(purposes),
    expectsJson,
  };
}

function makeRequests(rows: number): DilutionRequest[] {
  const pairs = shuffledPairs();
  const requests = new Map<string, DilutionRequest>();
  const used: { volume: number; factor: number }[] = [];
  while (requests.size < rows) {
    const isRepeat = used.length > 0 && uniformInt(rng, 1, repeatEvery) === 1;
    const pair = isRepeat ? pick(used) : pairs[used.length];
    if (pair === undefined)
      throw new Error(`Only ${pairs.length} pairs of volume and factor exist; ask for fewer rows.`);
    if (!isRepeat) used.push(pair);
    const request = drawRequest(pair.volume, pair.factor, uniformInt(rng, 1, jsonEvery) === 1);
    requests.set(formatPrompt(request), request);
  }
  return [...requests.values()];
}

function toRow(request: DilutionRequest, index: number): string {
  return JSON.stringify({
    id: `bs-${String(index + 1).padStart(5, "0")}`,
    prompt: formatPrompt(request),
    category: request.expectsJson ? "stock_dilution_json" : "stock_dilution",
    group: groupOf(request),
    ...(request.expectsJson ? { expects_json: true } : {}),
    reference: String(solve(request).stockVolume),
  });
}

const { values } = parseArgs({ options: { rows: { type: "string", default: "6000" }, out: { type: "string" } } });
const out = values.out ?? fileURLToPath(new URL("../../data/prompts/bench_science.jsonl", import.meta.url));
writeFileSync(out, `${makeRequests(Number(values.rows)).map(toRow).join("\n")}\n`);
