import { DataError, toSafeLine } from "../../core/index.ts";
import { type PromptRow, readJsonl } from "../../records/index.ts";
import { hasOwnId, knownKeys, parsePromptLine } from "./prompt-line.ts";

export interface ReadPromptsOptions {
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
  /** Only the first so many; null for all. */
  readonly maxSamples?: number | null;
  /** Told once of keys that are not used. */
  readonly onWarning?: (message: string) => void;
}

/** A prompt with its place in the file. */
export interface NumberedPrompt extends PromptRow {
  /** 1-based line of the prompts file. */
  readonly line: number;
}

/**
 * Reads a prompts file whole and checks every line of it, also those past `maxSamples`: a fault is found before the first call, not after
 * the thousandth.
 * @throws DataError (exit 4) naming file and line for a file that is missing, empty or not UTF-8, a line that is cut or invalid, an empty
 * prompt, or an id that is given twice.
 */
export async function readPrompts(path: string, options: ReadPromptsOptions = {}): Promise<NumberedPrompt[]> {
  const { projectPath: file = path, maxSamples = null, onWarning } = options;
  const prompts: NumberedPrompt[] = [];
  const lines = new Map<string, number>();
  const unknown = new Set<string>();
  for await (const { value, line } of readJsonl(path, { projectPath: file })) {
    const row = parsePromptLine(value, { file, line });
    for (const key of Object.keys(value as object)) if (!knownKeys.has(key)) unknown.add(key);
    const id = hasOwnId(value) ? ownId(row.id, { lines, file, line }) : freeId(row.id, lines);
    lines.set(id, line);
    if (maxSamples === null || prompts.length < maxSamples) prompts.push({ ...row, id, line });
  }
  if (unknown.size > 0)
    onWarning?.(`${file} has keys that are not used: ${[...unknown].map((key) => toSafeLine(key, 40)).join(", ")}`);
  return prompts;
}

interface IdPlace {
  /** The line of each id so far. */
  readonly lines: ReadonlyMap<string, number>;
  readonly file: string;
  readonly line: number;
}

function ownId(id: string, { lines, file, line }: IdPlace): string {
  const earlier = lines.get(id);
  if (earlier === undefined) return id;
  throw new DataError(`the id \`${toSafeLine(id, 80)}\` is that of line ${earlier} already`, {
    file,
    row: line,
    code: "duplicate_id",
    hint: "Give each line an id of its own, or leave `id` out: it is made from the prompt then.",
  });
}

/** The same prompt written twice without an id: two rows, and two ids. */
function freeId(id: string, lines: ReadonlyMap<string, number>): string {
  let free = id;
  for (let count = 2; lines.has(free); count++) free = `${id}-${count}`;
  return free;
}
