import { UsageError } from "../core/index.ts";
import type { Environment } from "./environment.ts";
import { secretHeaders } from "./redact.ts";

export interface ConfiguredHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Values that must not be shown: those from the environment, and those that a header's name makes secret. */
  readonly secrets: readonly string[];
}

/**
 * The headers of a `models:` entry with each `${NAME}` in them replaced by that environment variable, so that a gateway's key need not stand
 * in a file.
 * @throws UsageError (exit 2) for a variable that is not set, and for a key that stands in the file itself.
 */
export function readConfigHeaders(configured: Readonly<Record<string, string>>, env: Environment): ConfiguredHeaders {
  const used: string[] = [];
  const read = (header: string, name: string): string => {
    const value = env[name]?.trim() ?? "";
    if (value === "") throw notSet(header, name);
    used.push(value);
    return value;
  };
  const entries = Object.entries(configured).map(([header, written]): [string, string] => {
    const value = written.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => read(header, name));
    if (value === written && isKeyHeader(header)) throw keyInFile(header);
    return [header, value];
  });
  const headers = Object.fromEntries(entries);
  return { headers, secrets: [...used, ...secretHeaders(headers)] };
}

/** Headers that hold nothing but a secret. */
function isKeyHeader(header: string): boolean {
  return /^(?:authorization|proxy-authorization|cookie|api-key|x-api-key|x-goog-api-key)$/i.test(header);
}

function notSet(header: string, name: string): UsageError {
  return new UsageError(`The header ${header} under \`models:\` needs ${name}, which is not set`, {
    code: "no_key",
    hint: `Set ${name} and start again.`,
  });
}

function keyInFile(header: string): UsageError {
  return new UsageError(
    `The header ${header} under \`models:\` in nexa.yaml holds a key, and a file is no place for one`,
    {
      code: "key_in_file",
      hint: `Put it into an environment variable, and name that: api_key_env: NAME, or headers: {${header}: "\${NAME}"}.`,
    },
  );
}
