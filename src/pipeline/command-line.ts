import { basename, dirname, relative, resolve } from "node:path";

export interface CommandContext {
  readonly projectDir: string;
  readonly cwd?: string;
  /** The program as it was called: process.argv[1]. */
  readonly program?: string | undefined;
}

/**
 * A command line that can be typed as it stands: "nexa -C demo launch" where it is installed, "npx nexa launch" in a checkout, which brings its
 * own Node, and "node path/bin/nexa.js launch" where a checkout's program was called from elsewhere.
 */
export function formatCommand(words: string, context: CommandContext): string {
  const { projectDir, cwd = process.cwd(), program = process.argv[1] } = context;
  const name = programName(cwd, program);
  const folder = projectDir === cwd ? "" : ` -C ${quoteWord(shorter(cwd, projectDir))}`;
  return `${name}${folder} ${words}`;
}

function programName(cwd: string, program: string | undefined): string {
  if (program === undefined) return "nexa";
  if (basename(program) === "nexa.js") {
    const isInCheckout = resolve(cwd) === dirname(dirname(resolve(cwd, program)));
    return isInCheckout ? "npx nexa" : `node ${quoteWord(shorter(cwd, program))}`;
  }
  const isNpx = program.includes("/_npx/") || program.startsWith(resolve(cwd, "node_modules"));
  return isNpx ? "npx nexa" : "nexa";
}

function shorter(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside.length < path.length && !inside.startsWith("../../..") ? inside : path;
}

/** A word as a shell takes it for one. */
export function quoteWord(word: string): string {
  return /^[\w./@:+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
