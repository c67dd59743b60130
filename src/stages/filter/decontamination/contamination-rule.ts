import { TextScanner } from "../duplicates/scan-text.ts";
import { keep, type Rule, reject } from "../rule.ts";
import { coveredShare } from "./covered-share.ts";
import { findWholes } from "./find-wholes.ts";
import { mayHold, nextSlot } from "./gram-table.ts";
import { anchor, type HeldOutIndex } from "./held-out-index.ts";
import { GramMaker, type Grams, wordsOf } from "./text-grams.ts";
import { nameOf } from "./text-names.ts";

/** Rejects a row whose request and answer hold a held-out text, or most of one. */
export function contaminationRule(index: HeldOutIndex): Rule {
  const finder = new HeldOutFinder(index);
  return {
    name: "decontamination",
    reasons: ["contaminated"],
    check({ row, answer }) {
      const found = finder.find({ request: row.request, answer, isTrainedOn: row.isTrainedOn });
      if (found === null) return keep;
      const { source, id, excerpt } = nameOf(index.names, found.text);
      return reject("contaminated", { source, id, overlap: Math.round(found.overlap * 1000) / 1000, excerpt });
    },
  };
}

interface Searched {
  readonly request: string;
  readonly answer: string;
  readonly isTrainedOn: boolean;
}

interface Found {
  readonly text: number;
  /** 0 to 1. */
  readonly overlap: number;
}

class HeldOutFinder {
  readonly #index: HeldOutIndex;
  readonly #hasEveryRow: boolean;
  readonly #hasShort: boolean;
  readonly #scanner = new TextScanner();
  readonly #maker: GramMaker;
  /** Slots of counted n-grams that the row holds. */
  readonly #slots = new Set<number>();
  /** How many of a text's n-grams are among them. */
  readonly #counts = new Map<number, number>();

  constructor(index: HeldOutIndex) {
    this.#index = index;
    this.#hasEveryRow = index.everyRow.includes(1);
    this.#hasShort = (index.wholeLengths[0] ?? index.size) < index.size;
    this.#maker = new GramMaker(index.size);
  }

  /** The held-out text that the row holds most of, where it is enough of it. */
  find({ request, answer, isTrainedOn }: Searched): Found | null {
    const [index, scanner] = [this.#index, this.#scanner];
    if (index.texts === 0 || !(isTrainedOn || this.#hasEveryRow)) return null;
    scanner.clear();
    scanner.add(request);
    const requestCount = scanner.wordCount;
    scanner.add(answer);
    const grams = this.#maker.make(scanner.words, scanner.wordCount);
    const concerns = (text: number): boolean => isTrainedOn || index.everyRow[text] === 1;
    const starts = this.#match(grams);
    if (this.#hasShort)
      for (let word = 0; word < scanner.wordCount; word++) if (scanner.begins[word] === 1) starts.push(word);
    for (const from of starts) {
      for (const text of findWholes({ index, row: scanner, requestCount }, from)) {
        if (concerns(text)) return { text, overlap: 1 };
      }
    }
    return this.#counts.size === 0 ? null : this.#best(grams, concerns);
  }

  /** Counts the n-grams that the row shares with each text. @returns the words at which a text may begin that is looked for as a whole. */
  #match({ count, low, high }: Grams): number[] {
    const { grams } = this.#index;
    this.#slots.clear();
    this.#counts.clear();
    const anchors: number[] = [];
    for (let gram = 0; gram < count; gram++) {
      const key = high[gram] as number;
      if (!mayHold(grams, key)) continue;
      for (let slot = nextSlot(grams, key, low[gram] as number); slot !== -1; slot = nextSlot(grams, key, slot + 1)) {
        const value = grams.values[slot] as number;
        if (value === anchor) anchors.push(gram);
        else if (!this.#slots.has(slot)) {
          this.#slots.add(slot);
          this.#counts.set(value - 1, (this.#counts.get(value - 1) ?? 0) + 1);
        }
      }
    }
    return anchors;
  }

  #best(grams: Grams, concerns: (text: number) => boolean): Found | null {
    const { counted, minOverlap, size } = this.#index;
    let best: Found | null = null;
    for (const [text, count] of this.#counts) {
      const shared = count / (counted[text] as number);
      if (shared < minOverlap || shared <= (best?.overlap ?? 0) || !concerns(text)) continue;
      const overlap = Math.min(shared, coveredShare(wordsOf(this.#index, text), grams, size));
      if (overlap >= minOverlap && overlap > (best?.overlap ?? 0)) best = { text, overlap };
    }
    return best;
  }
}
