import { randomBytes } from "node:crypto";

/** 47 of a sha256's 64 digits, a dash, and 16 digits of the intent: 64 in all, the most that Anthropic takes. */
const identityDigits = 47;

export function newIntentId(): string {
  return randomBytes(8).toString("hex");
}

/**
 * How a call is named in a batch: by its own identity and by the intent that the batch was made for, so that a batch whose id we never learnt
 * is known by any one of its lines, and is never taken for that of another machine which asks the same.
 */
export function customIdOf(identity: string, intentId: string): string {
  return `${identity.slice(0, identityDigits)}-${intentId}`;
}

export function isOfIntent(customId: string, intentId: string): boolean {
  return customId.length === identityDigits + 1 + intentId.length && customId.endsWith(`-${intentId}`);
}
