/** A shorter key is a word such as "none" or "EMPTY", for servers that want any. */
const shortestSecret = 8;

const secretHeaderName = /auth|key|token|secret|cookie|password/i;

/** Takes secrets out of what a server says, as it may quote them and what it says is shown, logged and kept. */
export interface Redactor {
  text(text: string): string;
  /** The very same bytes where there is nothing to take out. */
  bytes(bytes: Uint8Array): Uint8Array;
}

/** Knows secrets as they are, and as they stand in a URL and in a JSON text. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = [
    ...new Set(
      secrets
        .filter((secret) => secret.length >= shortestSecret)
        .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
    ),
  ].sort((a, b) => b.length - a.length);
  const needles = forms.map((form) => Buffer.from(form));
  const text = (from: string): string => forms.reduce((cleaned, form) => cleaned.replaceAll(form, "[key]"), from);
  return {
    text,
    bytes(bytes) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return needles.some((needle) => buffer.includes(needle)) ? Buffer.from(text(buffer.toString("utf8"))) : bytes;
    },
  };
}

/** The values of headers whose names say that they are secret; they do not belong in a configuration, but may be there. */
export function secretHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    secretHeaderName.test(name) ? [value, value.replace(/^\S+\s+/, "")] : [],
  );
}
