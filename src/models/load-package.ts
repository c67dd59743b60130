import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Json } from "../core/index.ts";
import { errorMessage, toSafeLine, UsageError } from "../core/index.ts";
import { findPackage } from "./find-package.ts";

export interface PackageSettings {
  readonly [key: string]: Json | undefined | typeof globalThis.fetch;
  readonly fetch: typeof globalThis.fetch;
}

/** Makes a language model by the model's name at its provider. */
export type ModelFactory = (settings: PackageSettings, modelId: string) => LanguageModelV4;

/**
 * Loads an AI SDK provider package by name: the project's own where it has one, or else the one beside this package.
 * @throws UsageError (exit 2) where it is not installed, is no AI SDK provider, or is one of an older generation.
 */
export async function loadPackageFactory(name: string, projectDir: string): Promise<ModelFactory> {
  const found = findPackage(name, projectDir);
  if (found === null) throw notInstalled(name);
  const exports = await importModule(name, found.url);
  const create = findCreate(name, exports);
  if (create === null) throw noProvider(name, "it exports no `create...` function");
  return (settings, modelId) => modelFrom(name, { create, settings, modelId, version: found.version });
}

async function importModule(name: string, url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw noProvider(name, `it cannot be loaded (${toSafeLine(errorMessage(error), 160)})`);
  }
}

type Create = (settings: PackageSettings) => unknown;

/** `createMistral` of "@ai-sdk/mistral"; the first `create...` where none is named like the package. */
function findCreate(name: string, exports: Readonly<Record<string, unknown>>): Create | null {
  const names = Object.keys(exports).filter((key) => /^create[A-Z]/.test(key) && typeof exports[key] === "function");
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const own = plain(name.slice(name.lastIndexOf("/") + 1));
  const best =
    names.find((key) => plain(key) === `create${own}`) ??
    names.filter((key) => own.startsWith(plain(key).slice("create".length))).at(-1) ??
    names[0];
  return best === undefined ? null : (exports[best] as Create);
}

interface ModelFromOptions {
  readonly create: Create;
  readonly settings: PackageSettings;
  readonly modelId: string;
  readonly version: string;
}

function modelFrom(name: string, { create, settings, modelId, version }: ModelFromOptions): LanguageModelV4 {
  const provider = create(settings) as { languageModel?: unknown } | null;
  const isUsable = typeof provider === "function" || (typeof provider === "object" && provider !== null);
  if (!isUsable) throw noProvider(name, "what it creates is no provider");
  const make = typeof provider.languageModel === "function" ? provider.languageModel.bind(provider) : provider;
  if (typeof make !== "function") throw noProvider(name, "its provider makes no language models");
  const model = make(modelId) as Partial<LanguageModelV4> | null;
  const specification = model?.specificationVersion as string | undefined;
  if (specification !== "v4") throw otherGeneration(name, version, specification);
  return model as LanguageModelV4;
}

function notInstalled(name: string): UsageError {
  const hint = name.startsWith("@")
    ? `Install it in the project's folder: npm install ${name}`
    : `Install it in the project's folder (npm install ${name}), or name AI SDK's own package, such as @ai-sdk/${name}.`;
  return new UsageError(`The provider package ${name} is not installed`, { code: "no_package", hint });
}

function noProvider(name: string, why: string): UsageError {
  return new UsageError(`${name} is not an AI SDK provider: ${why}`, {
    code: "bad_package",
    hint: "`provider` under `models:` is openai, openai-responses, openai-compatible, anthropic, google, or a package such as @ai-sdk/mistral.",
  });
}

function otherGeneration(name: string, version: string, specification: string | undefined): UsageError {
  const said =
    specification === undefined ? "no specification version" : `specification ${toSafeLine(specification, 20)}`;
  return new UsageError(`${name} ${version} is of another AI SDK than ours: its models say ${said}, and v4 is needed`, {
    code: "bad_package",
    hint: `Install a version for AI SDK 7 in the project's folder: npm install ${name}@latest`,
  });
}
