import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { createProse, type Prose } from "./prose.ts";

/** What was done to a row to make a near-duplicate of it. */
export const plantedKinds = ["equal", "words", "added", "dropped", "order", "form", "request"] as const;
export type PlantedKind = (typeof plantedKinds)[number];

export const kindWords: Readonly<Record<PlantedKind, string>> = {
  equal: "equal",
  words: "1 to 3 words of the answer changed",
  added: "a sentence added",
  dropped: "a sentence dropped",
  order: "two neighbouring sentences exchanged",
  form: "case and punctuation changed",
  request: "a word of the request changed",
};

export interface PlantedRow {
  readonly id: string;
  readonly request: string;
  readonly answer: string;
}

/** Of a copy: what it is a copy of, and how it was made. */
export interface Planted {
  readonly kind: PlantedKind;
  readonly of: string;
}

/** What a row's id says. */
export function plantedOf(id: string): Planted | null {
  const [name, kind, of] = id.split(":");
  return name === "copy" && kind !== undefined && of !== undefined ? { kind: kind as PlantedKind, of } : null;
}

const copyEvery = 10;
/** How far behind its original a copy may stand. */
const remembered = 2_000;

/** Prose of about 900 characters a row; each tenth row is a copy of an earlier one, each of which is copied once at most. */
export function* plantedRows(count: number): Generator<PlantedRow> {
  const random = xoroshiro128plus(11);
  const pick = (from: number, to: number): number => uniformInt(random, from, to);
  const prose = createProse(pick);
  const waiting: PlantedRow[] = [];
  for (let index = 0; index < count; index++) {
    const place = pick(0, Math.max(0, waiting.length - 1));
    const original = index % copyEvery === copyEvery - 1 ? waiting[place] : undefined;
    if (original !== undefined) {
      waiting.splice(place, 1);
      const kind = plantedKinds[Math.floor(index / copyEvery) % plantedKinds.length] ?? "equal";
      yield { id: `copy:${kind}:${original.id}`, ...changed(kind, original, { prose, pick }) };
      continue;
    }
    const row = { id: `row-${index}`, request: prose.sentence(), answer: prose.text(pick(600, 1_000)) };
    waiting.push(row);
    if (waiting.length > remembered) waiting.shift();
    yield row;
  }
}

interface Making {
  readonly prose: Prose;
  readonly pick: (from: number, to: number) => number;
}

function changed(kind: PlantedKind, { request, answer }: PlantedRow, making: Making): Omit<PlantedRow, "id"> {
  const { prose, pick } = making;
  const sentences = answer.split(/(?<=\.)\s+/);
  const place = pick(0, sentences.length - 2);
  switch (kind) {
    case "equal":
      return { request, answer };
    case "words":
      return { request, answer: changeWords(answer, pick(1, 3), making) };
    case "added":
      return { request, answer: sentences.toSpliced(place, 0, prose.sentence()).join(" ") };
    case "dropped":
      return { request, answer: sentences.toSpliced(place, 1).join(" ") };
    case "order": {
      const [first = "", second = ""] = sentences.slice(place, place + 2);
      return { request, answer: sentences.toSpliced(place, 2, second, first).join(" ") };
    }
    case "form":
      return { request: `${request.toUpperCase()}!`, answer: answer.toUpperCase().replaceAll(/\.(?=\s|$)/g, " ;\n") };
    case "request":
      return { request: changeWords(request, 1, making), answer };
  }
}

function changeWords(text: string, count: number, { prose, pick }: Making): string {
  const words = text.split(" ");
  for (let change = 0; change < count; change++) {
    const others = prose.sentence().split(" ");
    words[pick(1, words.length - 2)] = others[pick(1, others.length - 2)] ?? "";
  }
  return words.join(" ");
}

/** Shards of JSON lines {id, text} in a folder; the request is the text's first line. */
export async function writeShards(folder: string, count: number, shards: number): Promise<string[]> {
  const paths = Array.from({ length: shards }, (_, shard) => join(folder, `shard-${shard}.jsonl`));
  const files = paths.map((path) => createWriteStream(path));
  let index = 0;
  for (const { id, request, answer } of plantedRows(count)) {
    const file = files[Math.floor((index++ * shards) / count)];
    const line = `${JSON.stringify({ id, text: `${request}\n\n${answer}` })}\n`;
    if (file?.write(line) === false) await once(file, "drain");
  }
  for (const file of files) await finished(file.end());
  return paths;
}

/** The request and the answer of such a text. */
export function splitText(text: string): { request: string; answer: string } {
  const end = text.indexOf("\n\n");
  return { request: text.slice(0, end), answer: text.slice(end + 2) };
}
