import { pathToFileURL } from "node:url";

/** Where in the module something was thrown, as `my-rule.ts:12:5`; undefined where its stack does not pass through the module. */
export function stackPlace(
  error: unknown,
  { file, path }: { readonly file: string; readonly path: string },
): string | undefined {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  for (const name of [pathToFileURL(path).href, path]) {
    const start = stack.indexOf(`${name}:`);
    if (start === -1) continue;
    const position = /^\d+(?::\d+)?/.exec(stack.slice(start + name.length + 1, start + name.length + 30));
    if (position !== null) return `${file}:${position[0]}`;
  }
  return undefined;
}
