import { basename, relative } from "node:path";

export interface CommandContext {
  readonly projectDir: string;
  readonly cwd?: string;
  /** The program as it was called: process.argv[1]. */
  readonly program?: string | undefined;
}

/** A command line that can be typed as it stands: "nexa -C demo launch", or "node bin/nexa.js launch" where the program was called so. */
export function formatCommand(words: string, context: CommandContext): string {
  const { projectDir, cwd = process.cwd(), program = process.argv[1] } = context;
  const name =
    program !== undefined && basename(program) === "nexa.js" ? `node ${quote(shorter(cwd, program))}` : "nexa";
  const folder = projectDir === cwd ? "" : ` -C ${quote(shorter(cwd, projectDir))}`;
  return `${name}${folder} ${words}`;
}

function shorter(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside.length < path.length && !inside.startsWith("../../..") ? inside : path;
}

function quote(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
