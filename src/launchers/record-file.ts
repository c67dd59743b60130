import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../core/atomic-file.ts";

type FieldTypes<T> = { readonly [Key in keyof T]?: "string" | "number" };

/** Writes a flat record as JSON with snake_case keys; readers see the old record or the new, never a part. */
export async function writeRecord(path: string, record: object): Promise<void> {
  await writeFileAtomic(path, formatRecord(record));
}

/** The text of a record: JSON with snake_case keys and a line's end. */
export function formatRecord(record: object): string {
  const entries = Object.entries(record).map(([key, value]) => [toSnakeCase(key), value as unknown] as const);
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/** Reads what writeRecord wrote; null when the file is missing, is not JSON, or lacks a required field. */
export async function readRecord<T>(path: string, required: FieldTypes<T>): Promise<T | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const value = parseObject(text);
  if (value === null) return null;
  const record = Object.fromEntries(Object.entries(value).map(([key, member]) => [toCamelCase(key), member]));
  const isWhole = Object.entries(required).every(([key, type]) => typeof record[key] === type);
  return isWhole ? (record as T) : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
