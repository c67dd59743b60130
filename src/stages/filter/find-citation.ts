import type { FiltersConfig } from "../../config/index.ts";
import { pythonWhiteSpace } from "../../core/index.ts";
import { namedStudyPatterns } from "./named-study.ts";

/** A citation found in a text. */
export interface Citation {
  readonly kind: CitationKind;
  readonly text: string;
  /** In UTF-16 code units from the text's start. */
  readonly offset: number;
}

type CitationKind = keyof FiltersConfig["basic"]["citation_patterns"];

interface Pattern {
  readonly kind: CitationKind;
  /** What every match holds and few texts do: looked for first, because it is found or not in a fraction of the time. */
  readonly needs?: RegExp;
  /** Every repetition is bounded, so that the time is linear in the text. */
  readonly pattern: RegExp;
  readonly isCitation?: (match: RegExpExecArray, isInCode: (index: number) => boolean) => boolean;
}

const surname = "\\p{Lu}[\\p{L}'’-]{1,40}";
const yearPattern = /(?:18|19|20)\d\d/;
const year = "(?:18|19|20)\\d{2}[a-z]?";

const patterns: readonly Pattern[] = [
  { kind: "doi", pattern: /\bdoi:\s?\S{1,80}|\bdoi\.org\/\S{0,80}|\b10\.\d{4,9}\/\S{1,80}/gi },
  { kind: "arxiv", pattern: /\barxiv(?::\s?[\w./-]{1,40}|\spreprint\b)/gi },
  { kind: "pubmed", pattern: /\bPMID:?\s?\d{1,9}\b|\bPMC\d{4,9}\b/g },
  { kind: "url", pattern: /\bhttps?:\/\/[^\s"'<>)\]]{1,120}|\bwww\.[^\s"'<>)\]]{1,120}/gi },
  {
    kind: "reference",
    pattern: /\((?:refs?|references?)\.?(?:\s?\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,20})?\)/gi,
  },
  {
    kind: "et_al",
    needs: /\bet\s{1,3}al\b/,
    pattern: new RegExp(`(?:${surname},?\\s)?\\bet\\s{1,3}al\\b\\.?(?:,?\\s(?:\\(${year}\\)|${year}))?`, "gu"),
  },
  {
    kind: "author_year",
    needs: yearPattern,
    pattern: new RegExp(
      `\\((?:see\\s|cf\\.\\s|e\\.g\\.,?\\s)?${surname}(?:,?\\s(?:and|&)\\s${surname})?,\\s${year}[);,:]`,
      "gu",
    ),
    isCitation: (match) => !isCalendarWord(match[0]),
  },
  {
    kind: "author_year",
    needs: yearPattern,
    pattern: new RegExp(`${surname}\\s(?:and|&)\\s${surname}\\s\\(${year}\\)`, "gu"),
    isCitation: (match) => !isCalendarWord(match[0]),
  },
  {
    kind: "bracketed_number",
    pattern: /\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}\s?\]/g,
    isCitation: isBracketedCitation,
  },
  ...namedStudyPatterns.map((one) => ({ kind: "named_study" as const, ...one })),
  { kind: "original_bracketed_number", pattern: /\[[0-9]{1,3}\]/g },
  { kind: "original_reference", pattern: /\(ref\)/gi },
  // To Python, which ignores case in all of Unicode, a dotless i and a capital one with a dot are an i too.
  {
    kind: "original_doi",
    needs: /do[iI\u0130\u0131]:/i,
    pattern: new RegExp(`do[iI\\u0130\\u0131]:[^${pythonWhiteSpace}]{1,200}`, "gi"),
  },
  { kind: "original_arxiv", needs: /arx[iI\u0130\u0131]v:/i, pattern: /arx[iI\u0130\u0131]v:\p{Nd}{1,40}/giu },
];

/** Finds the first citation of a text of the kinds that are switched on. */
export function createCitationFinder(
  kinds: FiltersConfig["basic"]["citation_patterns"],
): (text: string) => Citation | null {
  const wanted = patterns.filter(({ kind }) => kinds[kind]);
  return (text) => {
    let first: Citation | null = null;
    const isInCode = trackBackticks(text);
    for (const { kind, needs, pattern, isCitation } of wanted) {
      if (needs?.test(text) === false) continue;
      for (const match of text.matchAll(pattern)) {
        if (first !== null && match.index >= first.offset) break;
        if (isCitation !== undefined && !isCitation(match, isInCode)) continue;
        first = { kind, text: match[0], offset: match.index };
        break;
      }
    }
    return first;
  };
}

const calendarWords =
  /\((?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|Spring|Summer|Autumn|Fall|Winter|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)/;

/** "(January, 2019)" names a time and nobody. */
function isCalendarWord(text: string): boolean {
  return calendarWords.test(text.startsWith("(") ? text : `(${text}`);
}

/** Words after which brackets hold values. */
const valueWords =
  /(?:range|interval|between|array|list|vector|matrix|index|indices|tuple|shape|size|domain)s?\s{0,2}$/i;

/**
 * Whether numbers in brackets refer to a list of sources. `rows[0]`, `f(x)[1]`, `x = [1, 2]`, `"steps": [1, 2]`, the interval [0, 1]
 * and whatever stands in backticks are code or mathematics.
 */
function isBracketedCitation(
  { 0: text, index, input }: RegExpExecArray,
  isInCode: (index: number) => boolean,
): boolean {
  if (/(?<!\d)0/.test(text)) return false;
  const before = input.slice(Math.max(0, index - 24), index);
  if (/[\p{L}\p{N}_)\]}"'`]$/u.test(before)) return false;
  if (/[=:([{,+*/<>^|&\\-]\s{0,3}$/.test(before)) return false;
  if (valueWords.test(before)) return false;
  return !isInCode(index);
}

/** Tells whether an odd number of backticks stands before a place, in a code span or block then; places are asked in rising order. */
function trackBackticks(text: string): (index: number) => boolean {
  let count = 0;
  let next = text.indexOf("`");
  return (index) => {
    for (; next !== -1 && next < index; next = text.indexOf("`", next + 1)) count++;
    return count % 2 === 1;
  };
}
