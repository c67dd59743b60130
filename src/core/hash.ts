import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** sha256 of a UTF-8 text, in hex. */
export function sha256Text(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** sha256 of a file's bytes, in hex, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** JSON with keys sorted by code unit at every level and undefined members left out, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, member: unknown) => (isPlainObject(member) ? sortKeys(member) : member));
}

/** sha256 of a value's canonical JSON, in hex. */
export function hashJson(value: Json): string {
  return sha256Text(canonicalJson(value));
}

/** A number in [0, 1) that depends on the text alone; 48 bits of its sha256. */
export function unitHash(text: string): number {
  return Number.parseInt(sha256Text(text).slice(0, 12), 16) / 2 ** 48;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
