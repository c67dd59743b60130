import { hashJson, type Json } from "../core/index.ts";
import type { Environment } from "./environment.ts";
import { isProgramName, locateProgram } from "./judge-program.ts";
import { type ModelEntries, parseModelName, type RemoteName } from "./model-name.ts";
import { configuredPrice, freePrice, type TokenPrice } from "./price.ts";
import { isPrivateUrl } from "./private-address.ts";
import { anthropicDefaults, googleDefaults, isOwnEndpoint, openaiDefaults } from "./provider-defaults.ts";
import { type ModelDescription, type ModelLimits, type ModelLocation, noLimits } from "./resolved-model.ts";

export interface ModelContext {
  /** `models:` of nexa.yaml. */
  readonly models: ModelEntries;
  readonly env?: Environment;
  /**
   * The project's folder: what the path of a judge program is relative to; without it the program's file is not looked at, and its identity is
   * its name alone.
   */
  readonly dir?: string;
}

/** What a call by batch costs at the three providers' own endpoints, by their price lists. */
const ownBatchShare = 0.5;

/**
 * What is known of a model by its name alone: where it is, whether it is free, whether its key is there.
 * @throws UsageError (exit 2) for a name that no provider here takes.
 */
export async function locateModel(
  name: string,
  { models, env = process.env, dir }: ModelContext,
): Promise<ModelLocation> {
  const parsed = parseModelName(name, { models, env });
  if (parsed.kind === "remote") return locateRemote(name, { parsed, env });
  return isProgramName(name) ? locateProgram(name, dir) : locateLocal(name);
}

/** locateModel, with the model's price (the configured one, or else the published one) and its context. */
export async function describeModel(
  name: string,
  { models, env = process.env, ...context }: ModelContext,
): Promise<ModelDescription> {
  const location = await locateModel(name, { models, env, ...context });
  const parsed = parseModelName(name, { models, env });
  if (parsed.kind === "local") return { ...location, price: freePrice, contextTokens: null };
  const { publishedFacts } = await import("./published-facts.ts");
  const { baseUrl, packageName, modelId } = parsed;
  // Anthropic's `cacheControl: {type: ephemeral, ttl: "1h"}`, wherever it stands.
  const hasLongCache = JSON.stringify(location.providerOptions).includes('"ttl":"1h"');
  const published = await publishedFacts(modelId, { baseUrl, packageName, hasLongCache });
  const price = ownPrice(parsed) ?? published.price;
  return { ...location, price: withBatchShare(price, parsed), contextTokens: published.contextTokens };
}

async function locateLocal(name: string): Promise<ModelLocation> {
  const { fingerprintOf, isProcedural } = await import("./fingerprint.ts");
  return {
    name,
    provider: "nexa",
    origin: "nexa:",
    modelId: name,
    identity: isProcedural(name) ? fingerprintOf(name) : name,
    isFree: true,
    isLocal: true,
    providerOptions: {},
    limits: noLimits,
    needsKey: false,
    keyEnv: null,
    hasKey: true,
  };
}

function locateRemote(name: string, { parsed, env }: { parsed: RemoteName; env: Environment }): ModelLocation {
  const { protocol, packageName, modelId, keyEnv, entry } = parsed;
  const price = ownPrice(parsed);
  // A private server behind a bare name is asked without a key; an entry that names a variable means it.
  const needsKey = keyEnv !== null && (!isPrivate(parsed) || entry?.api_key_env !== undefined);
  return {
    name,
    provider: packageName ?? protocol,
    origin: originOf(parsed),
    modelId,
    identity: modelId,
    isFree: price !== undefined && price.inputUsdPerMillion === 0 && price.outputUsdPerMillion === 0,
    isLocal: false,
    providerOptions: (entry?.provider_options ?? {}) as ModelLocation["providerOptions"],
    limits: limitsOf(parsed),
    needsKey,
    keyEnv,
    hasKey: !needsKey || keyFrom(env, keyEnv) !== undefined,
  };
}

/** A package's settings say which server it means (a region, a resource's name), where no address does. */
function originOf({ baseUrl, packageName, entry }: RemoteName): string {
  if (baseUrl !== null) return new URL(baseUrl).origin;
  const settings = entry?.settings ?? {};
  const mark = Object.keys(settings).length === 0 ? "" : `#${hashJson(settings as Json).slice(0, 16)}`;
  return `package:${packageName}${mark}`;
}

function limitsOf({ entry }: RemoteName): ModelLimits {
  const limits = entry?.limits;
  if (limits === undefined) return noLimits;
  return {
    requestsPerMinute: limits.requests_per_minute ?? null,
    tokensPerMinute: limits.tokens_per_minute ?? null,
    inputTokensPerMinute: limits.input_tokens_per_minute ?? null,
    outputTokensPerMinute: limits.output_tokens_per_minute ?? null,
    requestsPerDay: limits.requests_per_day ?? null,
    concurrency: limits.concurrency ?? null,
  };
}

/** The price that the project gives, or its server's place; undefined where the published one counts. */
function ownPrice(parsed: RemoteName): TokenPrice | undefined {
  return configuredPrice(parsed.entry) ?? (isPrivate(parsed) ? freePrice : undefined);
}

function isPrivate({ baseUrl }: RemoteName): boolean {
  return baseUrl !== null && isPrivateUrl(baseUrl);
}

function withBatchShare(price: TokenPrice | null, { baseUrl }: RemoteName): TokenPrice | null {
  if (price === null || price.batchShare !== undefined || baseUrl === null) return price;
  const isOwn = [openaiDefaults, anthropicDefaults, googleDefaults].some((own) => isOwnEndpoint(baseUrl, own));
  return isOwn ? { ...price, batchShare: ownBatchShare } : price;
}

/** The key in an environment variable; undefined where it is unset or blank. */
export function keyFrom(env: Environment, keyEnv: string | null): string | undefined {
  const key = keyEnv === null ? undefined : env[keyEnv]?.trim();
  return key === "" ? undefined : key;
}
