/** The text without differences of case and white space: what makes two prompts, or two answers, the same one. */
export function normalizeText(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/\s+/gu, " ").trim();
}

/** The group of a prompt that names none, so that the same question is never in two splits. */
export function groupOfPrompt(prompt: string): string {
  return normalizeText(prompt);
}
