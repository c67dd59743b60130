const unsafePatterns: readonly RegExp[] = [
  /\bby mouth\b/i,
  /\bmouth[- ]pipett/i,
  /\b(?:down|into) the (?:sink|drain)\b/i,
  /\b(?:taste|sniff|inhale|swallow)\b/i,
  /\bwithout (?:gloves|goggles|a fume hood)\b/i,
  /\bopen flame\b/i,
];

/** The safety flags that a laboratory procedure earns; empty for a harmless one. */
export function findUnsafe(text: string): string[] {
  return unsafePatterns.some((pattern) => pattern.test(text)) ? ["unsafe_procedure"] : [];
}
