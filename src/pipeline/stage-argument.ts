import { closest } from "fastest-levenshtein";
import { UsageError } from "../core/index.ts";
import { type StageName, sessionNames, stageNames } from "../stages/stage.ts";

/**
 * A stage as people name it: by its command's name or by its session's.
 * @throws UsageError with the nearest name.
 */
export function parseStage(word: string): StageName {
  const stage = stageNames.find((name) => name === word || sessionNames[name] === word);
  if (stage !== undefined) return stage;
  throw new UsageError(`Unknown stage \`${word}\``, {
    hint: `Did you mean ${closest(word, [...stageNames])}? The stages are ${stageNames.join(", ")}.`,
  });
}
