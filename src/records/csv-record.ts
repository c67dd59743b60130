/** A field's text; null for one with nothing in it, not even quotes. */
export type Field = string | null;

type Fed = "open" | { readonly fields: readonly Field[] } | { readonly problem: string };

/** Takes the lines of a CSV file, one at a time, and gives its records; a record goes on over the line's end within quotes. */
export interface RecordParser {
  /** Whether a quoted field goes on in the next line. */
  readonly isOpen: boolean;
  feed(line: string): Fed;
}

const quote = '"';

/** @see RFC 4180; a quote within a field that does not begin with one stands for itself. */
export function createRecordParser(delimiter: string): RecordParser {
  let fields: Field[] = [];
  let open: string[] | null = null;

  const finish = (): Fed => {
    const done = { fields };
    fields = [];
    return done;
  };
  const fail = (problem: string): Fed => {
    fields = [];
    return { problem };
  };

  const readFields = (line: string, from: number): Fed => {
    for (let at = from; ; ) {
      if (line[at] === quote) {
        const end = readQuoted(line, at + 1);
        if (end === -1) return "open";
        if (line[end] === delimiter) at = end + 1;
        else if (isEnd(line, end)) return finish();
        else return fail("there is text after a field's closing quote");
        continue;
      }
      const end = line.indexOf(delimiter, at);
      const text = end === -1 ? withoutReturn(line.slice(at)) : line.slice(at, end);
      fields.push(text === "" ? null : text);
      if (end === -1) return finish();
      at = end + 1;
    }
  };

  /** Adds the quoted text that goes on at `from`. @returns where the field ended, or -1 where the line did first. */
  const readQuoted = (line: string, from: number): number => {
    open ??= [];
    for (let at = from; ; ) {
      const found = line.indexOf(quote, at);
      if (found === -1) {
        open.push(line.slice(at), "\n");
        return -1;
      }
      const isDoubled = line[found + 1] === quote;
      open.push(line.slice(at, isDoubled ? found + 1 : found));
      at = found + 2;
      if (isDoubled) continue;
      fields.push(open.join(""));
      open = null;
      return found + 1;
    }
  };

  return {
    get isOpen() {
      return open !== null;
    },
    feed(line) {
      if (open === null) return readFields(line, 0);
      const end = readQuoted(line, 0);
      if (end === -1) return "open";
      if (isEnd(line, end)) return finish();
      return line[end] === delimiter ? readFields(line, end + 1) : fail("there is text after a field's closing quote");
    },
  };
}

/** Lines of Windows end with a carriage return before the newline. */
function isEnd(line: string, at: number): boolean {
  return at === line.length || (at === line.length - 1 && line[at] === "\r");
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
