import { canonicalJson, type Json } from "../core/index.ts";

/** A setting that two manifests do not share; undefined where one has none. */
export interface SettingChange {
  /** Dotted, as `--set` takes it. */
  readonly key: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What differs between two manifests' `config`, by key; a list counts as one value. */
export function compareSettings(before: Json | undefined, after: Json | undefined, key = ""): SettingChange[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => compareSettings(before[name], after[name], key === "" ? name : `${key}.${name}`));
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return [];
  return before === after ? [] : [{ key, before, after }];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
