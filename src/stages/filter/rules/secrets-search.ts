import type { SecretLintRuleContext, SecretLintRuleCreator, SecretLintSourceCode } from "@secretlint/types";

/** A place where a rule of secretlint's found something. */
export interface FoundSecret {
  /** secretlint's rule, e.g. "github". */
  readonly rule: string;
  /** What the rule calls it, e.g. "GITHUB_TOKEN". */
  readonly kind: string;
  /** The secret itself: not for details, logs or a terminal. */
  readonly text: string;
  /** UTF-16 code units before it. */
  readonly offset: number;
}

/** Finds a text's first secret. */
export type SecretSearch = (text: string) => Promise<FoundSecret | null>;

const rulePrefix = "@secretlint/secretlint-rule-";
/** It lets a text switch the other rules off (`secretlint-disable`), which is for source code and not for a model's answer. */
const commentRule = `${rulePrefix}filter-comments`;

/**
 * Applies secretlint's recommended rules without secretlint's own runner, which keeps a performance mark of every call and sorts out
 * duplicates in quadratic time: a rule is asked for a million answers, some of them long.
 */
export async function createSecretSearch(): Promise<SecretSearch> {
  const { rules } = await import("@secretlint/secretlint-rule-preset-recommend");
  const scanners = rules.filter(({ meta }) => meta.id !== commentRule);
  return async (text) => {
    for (let start = 0; start < text.length; start += windowLength - overlap) {
      const found = await searchWindow(text.slice(start, start + windowLength), scanners);
      if (found !== null) return { ...found, offset: start + found.offset };
    }
    return null;
  };
}

/** Some of the patterns end with a stack overflow on tokens of many megabytes. */
const windowLength = 2 ** 20;
/** Longer than any secret that the rules know. */
const overlap = 2 ** 15;

async function searchWindow(content: string, rules: readonly SecretLintRuleCreator[]): Promise<FoundSecret | null> {
  let first: FoundSecret | null = null;
  for (const rule of rules) {
    const name = rule.meta.id.replace(rulePrefix, "");
    const handler = rule.create(
      contextOf(({ range: [offset, end], message }) => {
        if (first !== null && first.offset <= offset) return;
        first = { rule: name, kind: message.messageId, text: content.slice(offset, end), offset };
      }),
      {},
    );
    for (const source of sourcesOf(rule, content)) await handler.file?.(source);
  }
  return first;
}

function contextOf(report: SecretLintRuleContext["report"]): SecretLintRuleContext {
  return {
    sharedOptions: {},
    // The messages would hold the secret.
    createTranslator: () => (messageId) => ({ message: "", messageId: String(messageId), data: undefined }),
    report,
    ignore: () => undefined,
  };
}

/** Rules that look for several formats choose by the file's name: the answer is all of them. */
function sourcesOf({ meta }: SecretLintRuleCreator, content: string): readonly SecretLintSourceCode[] {
  const json = sourceOf(content, { filePath: undefined, ext: ".json" });
  return meta.id === `${rulePrefix}npm` ? [json, sourceOf(content, { filePath: ".npmrc", ext: "" })] : [json];
}

type Named = Pick<SecretLintSourceCode, "filePath" | "ext">;

function sourceOf(content: string, { filePath, ext }: Named): SecretLintSourceCode {
  return {
    content,
    filePath,
    ext,
    hasBOM: false,
    physicalFilePath: undefined,
    contentType: "text",
    getFilePath: () => filePath,
    getPhysicalFilePath: () => undefined,
    locationToRange: noLines,
    rangeToLocation: noLines,
    positionToIndex: noLines,
    indexToPosition: noLines,
  };
}

function noLines(): never {
  throw new Error("A rule of secretlint's asks for lines; only the one for comments is known to");
}
