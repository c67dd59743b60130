import { configDocuments } from "../config/index.ts";
import { ConfigError, errorMessage, toSafeLine } from "../core/index.ts";
import type { StudentPlace, TokenGauge } from "./token-gauge.ts";

/** Characters that are encoded at once, about: the tokenizer's time can grow faster than its text. */
const windowCharacters = 4096;
/** How far back from a window's end a blank is looked for to cut at. */
const cutBack = 512;

/** Counts in the student's own tokenizer, which stands in a folder, or is that of `nexa:tiny`. */
export async function loadStudentGauge(
  place: StudentPlace = { tokenizer: null, configPath: configDocuments.filters.path },
): Promise<TokenGauge> {
  const countWindow = await loadCount(place);
  return {
    name: "student",
    hasAtLeast: (text, minimum) => countWindows(text, { countWindow, enough: minimum }) >= minimum,
    hasMoreThan: (text, maximum) => countWindows(text, { countWindow, enough: maximum + 1 }) > maximum,
    count: (text) => countWindows(text, { countWindow, enough: Number.POSITIVE_INFINITY }),
    // A token of this vocabulary can be a whole phrase, and its normaliser can make one character many: nothing is known beforehand.
    fewest: () => 0,
    most: (text) => (text === "" ? 0 : Number.POSITIVE_INFINITY),
  };
}

async function loadCount({ tokenizer: place, configPath }: StudentPlace): Promise<(text: string) => number> {
  if (place === null) throw noTokenizer("the student's tokenizer is not on this machine", configPath);
  const student = await import("../student/index.ts");
  if (place === "nexa:tiny") {
    const { tokenizer } = student.createTinyTokenizer();
    return (text) => tokenizer.encode(text).length;
  }
  try {
    return await student.loadTokenCount(place);
  } catch (error) {
    throw noTokenizer(`the student's tokenizer cannot be read: ${toSafeLine(errorMessage(error))}`, configPath);
  }
}

function noTokenizer(what: string, file: string): ConfigError {
  return new ConfigError(`\`basic.tokenizer\` is \`student\`, but ${what}`, {
    file,
    code: "student_tokenizer",
    hint: "Run `nexa setup torch` and train or download the student once, or set basic.tokenizer to o200k_base.",
  });
}

/** Windows are cut before a blank, so that hardly a token is cut in two. */
function countWindows(
  text: string,
  { countWindow, enough }: { countWindow: (text: string) => number; enough: number },
): number {
  let tokens = 0;
  for (let start = 0; start < text.length && tokens < enough; ) {
    const end = windowEnd(text, start);
    tokens += countWindow(text.slice(start, end));
    start = end;
  }
  return tokens;
}

function windowEnd(text: string, start: number): number {
  const limit = start + windowCharacters;
  if (limit >= text.length) return text.length;
  const blank = text.lastIndexOf(" ", limit);
  if (blank > limit - cutBack) return blank;
  // Not between the halves of a surrogate pair.
  return (text.charCodeAt(limit) & 0xfc00) === 0xdc00 ? limit - 1 : limit;
}
