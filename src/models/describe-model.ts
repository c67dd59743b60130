import { type Environment, type ModelEntries, parseModelName, type RemoteName } from "./model-name.ts";
import { configuredPrice, freePrice, publishedPrice, type TokenPrice } from "./price.ts";
import { isPrivateUrl } from "./private-address.ts";
import { type ModelDescription, type ModelLocation, noLimits } from "./resolved-model.ts";

export interface ModelContext {
  /** `models:` of nexa.yaml. */
  readonly models: ModelEntries;
  readonly env?: Environment;
}

/**
 * What is known of a model by its name alone: where it is, whether it is free, whether its key is there.
 * @throws UsageError (exit 2) for a name that no provider here takes.
 */
export async function locateModel(name: string, { models, env = process.env }: ModelContext): Promise<ModelLocation> {
  const parsed = parseModelName(name, { models, env });
  return parsed.kind === "local" ? locateLocal(name) : locateRemote(name, { parsed, env });
}

/** locateModel, with the model's price: the configured one, or else the published one. */
export async function describeModel(
  name: string,
  { models, env = process.env }: ModelContext,
): Promise<ModelDescription> {
  const location = await locateModel(name, { models, env });
  const parsed = parseModelName(name, { models, env });
  if (parsed.kind === "local") return { ...location, price: freePrice };
  const price = ownPrice(parsed) ?? (await publishedPrice(parsed.modelId, parsed.baseUrl));
  return { ...location, price };
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
  const { protocol, modelId, baseUrl, keyEnv, entry } = parsed;
  const price = ownPrice(parsed);
  // A private server behind a bare name is asked without a key; an entry that names a variable means it.
  const needsKey = keyEnv !== null && (!isPrivateUrl(baseUrl) || entry?.api_key_env !== undefined);
  return {
    name,
    provider: protocol,
    origin: new URL(baseUrl).origin,
    modelId,
    identity: modelId,
    isFree: price !== undefined && price.inputUsdPerMillion === 0 && price.outputUsdPerMillion === 0,
    isLocal: false,
    providerOptions: {},
    limits: noLimits,
    needsKey,
    keyEnv,
    hasKey: !needsKey || keyFrom(env, keyEnv) !== undefined,
  };
}

/** The price that the project gives, or its server's place; undefined where the published one counts. */
function ownPrice({ entry, baseUrl }: RemoteName): TokenPrice | undefined {
  return configuredPrice(entry) ?? (isPrivateUrl(baseUrl) ? freePrice : undefined);
}

/** The key in an environment variable; undefined where it is unset or blank. */
export function keyFrom(env: Environment, keyEnv: string | null): string | undefined {
  const key = keyEnv === null ? undefined : env[keyEnv]?.trim();
  return key === "" ? undefined : key;
}
