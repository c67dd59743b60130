import type { ModelPrice, Provider } from "@pydantic/genai-prices";
import { nearestNames } from "./nearest-names.ts";
import type { TokenPrice, TokenRates } from "./price.ts";

/** What is published of a model at a server. */
export interface PublishedFacts {
  /** Null where it is not known. */
  readonly price: TokenPrice | null;
  /** Most tokens of prompt and answer together; null where it is not known. */
  readonly contextTokens: number | null;
}

/** Where a model is looked up: by its server's address, or by the name of an AI SDK package. */
export interface PublishedPlace {
  readonly baseUrl: string | null;
  readonly packageName: string | null;
}

const nothing: PublishedFacts = { price: null, contextTokens: null };

export interface PublishedOptions extends PublishedPlace {
  /** Whether the calls ask for a cache of an hour, which costs more to write than the usual one of minutes. */
  readonly hasLongCache?: boolean;
}

/** Price and context of a model, from the data of @pydantic/genai-prices as installed; nothing is fetched. */
export async function publishedFacts(
  modelId: string,
  { hasLongCache = false, ...place }: PublishedOptions,
): Promise<PublishedFacts> {
  const provider = await providerAt(place);
  if (provider === undefined) return nothing;
  const { calcPrice } = await import("@pydantic/genai-prices");
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, modelId, { provider });
  if (found === null) return nothing;
  const { cache_write_1h_mtok: hourly, ...usual } = found.model_price;
  const published = hasLongCache && hourly !== undefined ? { ...usual, cache_write_mtok: hourly } : usual;
  return { price: priceFrom(published), contextTokens: found.model.context_window ?? null };
}

/** Names of the models at a place whose prices are known, the nearest to a name first; at most three. */
export async function nearestPricedNames(modelId: string, place: PublishedPlace): Promise<readonly string[]> {
  const provider = await providerAt(place);
  return provider === undefined
    ? []
    : nearestNames(
        modelId,
        provider.models.map(({ id }) => id),
      );
}

async function providerAt({ baseUrl, packageName }: PublishedPlace): Promise<Provider | undefined> {
  const { findProvider } = await import("@pydantic/genai-prices");
  if (baseUrl !== null) return findProvider({ providerApiUrl: baseUrl });
  return packageName === null ? undefined : findProvider({ providerId: packageName.replace(/^@ai-sdk\//, "") });
}

function priceFrom(published: ModelPrice): TokenPrice | null {
  const base = ratesFrom(published, (price) => (typeof price === "number" ? price : price.base));
  if (base === null) return null;
  const aboveTokens = firstTier(published);
  if (aboveTokens === null) return base;
  const long = ratesFrom(published, (price) =>
    typeof price === "number" ? price : Math.max(price.base, ...price.tiers.map((tier) => tier.price)),
  );
  return long === null ? base : { ...base, longPrompt: { ...long, aboveTokens } };
}

type PublishedRate = NonNullable<ModelPrice[string]>;

function ratesFrom(published: ModelPrice, read: (rate: PublishedRate) => number): TokenRates | null {
  const rate = (key: string): number | undefined => {
    const found = published[key];
    return found === undefined ? undefined : read(found);
  };
  const input = rate("input_mtok");
  const output = rate("output_mtok");
  if (input === undefined || output === undefined) return null;
  const cached = rate("cache_read_mtok");
  const written = rate("cache_write_mtok");
  return {
    inputUsdPerMillion: input,
    outputUsdPerMillion: output,
    ...(cached === undefined ? {} : { cachedInputUsdPerMillion: cached }),
    ...(written === undefined ? {} : { cacheWriteUsdPerMillion: written }),
  };
}

/** The prompt length above which the first dearer tier begins; further tiers count from there too, at the dearest price. */
function firstTier(published: ModelPrice): number | null {
  const starts = Object.values(published).flatMap((rate) =>
    rate === undefined || typeof rate === "number" ? [] : rate.tiers.map(({ start }) => start),
  );
  return starts.length === 0 ? null : Math.min(...starts);
}
