import { mixBits } from "../duplicates/mix-bits.ts";
import { hashRun, highBase, lowBase } from "../duplicates/rolling-hash.ts";
import { countGrams, countGroups, type GramCounts } from "./gram-counts.ts";
import { addGram, createGramTable, type GramKey, type GramTable } from "./gram-table.ts";
import { toShared } from "./growing-array.ts";
import { anchor, type DecontaminationConfig, type HeldOutIndex } from "./held-out-index.ts";
import type { HeldOutText } from "./held-out-text.ts";
import { TextCollector } from "./text-collector.ts";
import { GramMaker, type TextWords, wordsOf } from "./text-grams.ts";

/**
 * An index of held-out texts. An n-gram that stands in more than `max_texts_per_ngram` texts, those of one group taken as one, is a
 * template's and does not count. A text of fewer words than an n-gram, and one of which no n-gram counts, is looked for as a whole.
 */
export async function buildHeldOutIndex(
  texts: AsyncIterable<HeldOutText> | Iterable<HeldOutText>,
  config: DecontaminationConfig,
): Promise<HeldOutIndex> {
  const collector = new TextCollector();
  for await (const text of texts) collector.add(text);
  const source = collector.take();
  const size = config.ngram_words;
  const counts = countGroups(source, { groups: collector.groups.view(), size });
  const grams = createGramTable(countGrams(source, size) + source.texts);
  const counted = addCounted(source, { grams, counts, size, most: config.max_texts_per_ngram });
  return {
    size,
    minOverlap: config.min_overlap,
    texts: source.texts,
    everyRow: toShared(collector.everyRow.view()),
    grams,
    counted: toShared(counted),
    ...addWholes(source, { grams, counted, size }),
    words: toShared(source.words),
    firstWords: toShared(source.firstWords),
    names: collector.names.share(),
  };
}

/** Adds the n-grams that count. @returns how many each text has. */
function addCounted(
  source: TextWords,
  { grams, counts, size, most }: { grams: GramTable; counts: GramCounts; size: number; most: number },
): Int32Array {
  const maker = new GramMaker(size);
  return Int32Array.from({ length: source.texts }, (_, text) => {
    const words = wordsOf(source, text);
    const { count, low, high } = maker.make(words, words.length);
    let counted = 0;
    for (let gram = 0; gram < count; gram++) {
      const key = { low: low[gram] as number, high: high[gram] as number };
      if (counts.groupsWith(key) <= most && addGram(grams, key, text + 1)) counted++;
    }
    return counted;
  });
}

/** Adds the texts without a counted n-gram as a whole, and where to look for the long ones among them. */
function addWholes(
  source: TextWords,
  { grams, counted, size }: { grams: GramTable; counted: Int32Array; size: number },
): Pick<HeldOutIndex, "wholes" | "wholeLengths"> {
  const wholes = createGramTable(counted.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0));
  const lengths = new Set<number>();
  for (let text = 0; text < source.texts; text++) {
    if (counted[text] !== 0) continue;
    const words = wordsOf(source, text);
    lengths.add(words.length);
    addGram(wholes, keyOf(words, words.length), text + 1);
    if (words.length >= size) addGram(grams, keyOf(words, size), anchor);
  }
  return { wholes, wholeLengths: toShared(Int32Array.from(lengths).sort()) };
}

/** Of the first `length` words as one run. */
function keyOf(words: Int32Array, length: number): GramKey {
  const [low, high] = [lowBase, highBase].map((base) => mixBits(hashRun(words, { from: 0, to: length, base })));
  return { low: low ?? 0, high: high ?? 0 };
}
