import { toSafeLine } from "../core/index.ts";
import { nearestNames } from "./nearest-names.ts";
import type { ResolvedModel } from "./resolved-model.ts";

/** The server's own models whose names are nearest to one that it does not know, at most three; none where it does not list them. */
export async function suggestModels(model: ResolvedModel, signal: AbortSignal): Promise<readonly string[]> {
  if (model.listModels === null) return [];
  const names = await model.listModels(signal).catch((): readonly string[] => []);
  return nearestNames(
    model.modelId,
    names.filter((name) => name !== model.modelId),
  );
}

/** What to do about an answer that the model or its address is not there, as one sentence; asks the server, with no call. */
export async function adviseNotFound(model: ResolvedModel, signal: AbortSignal): Promise<string> {
  const nearest = await suggestModels(model, signal);
  if (nearest.length > 0) {
    const names = nearest.map((name) => `\`${toSafeLine(name, 80)}\``).join(", ");
    return `The nearest names that the server has: ${names}.`;
  }
  const baseUrl = (await model.findBaseUrl?.(signal).catch(() => null)) ?? null;
  if (baseUrl !== null) return `A server answers at ${baseUrl}: give that as its address (base_url).`;
  const where = "`base_url` under `models:` in nexa.yaml, or the provider's variable such as OPENAI_BASE_URL";
  return `Check the model's name \`${model.name}\` and the server's address (${where}).`;
}
