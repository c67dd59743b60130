import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { expect, it } from "vitest";
import {
  BudgetError,
  CancelledError,
  ConfigError,
  DataError,
  exitCodes,
  JobError,
  NexaError,
  ProviderError,
  UsageError,
} from "./errors.ts";
import { packError, unpackError } from "./packed-error.ts";

/** Through a real port, as between threads. */
function overBorder(error: unknown): Error {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(packError(error));
  const received = receiveMessageOnPort(port2);
  port1.close();
  return unpackError(received?.message);
}

it.each<NexaError>([
  new ConfigError("expected `a` to be a list", { file: "nexa.yaml", line: 3, column: 7, hint: "Mend it." }),
  new ConfigError("unknown", { file: "filters.yaml", code: "bad_rule" }),
  new DataError("bad value", { file: "in.parquet", row: 12, code: "wrong_value", hint: "Write it anew." }),
  new DataError("a file", { file: "in.parquet", exitCode: exitCodes.usage }),
  new UsageError("no such option", { code: "bad_option", hint: "--help" }),
  new ProviderError("refused", { code: "rate_limited", status: 429, isRetryable: true, hint: "Wait." }),
  new BudgetError("spent", { hint: "Give more." }),
  new JobError("did not start", { code: "no_tmux", exitCode: exitCodes.usage }),
  new CancelledError("Cancelled", { hint: "Go on with the same command." }),
  new NexaError("odd", { code: "odd", exitCode: exitCodes.provider }),
])("brings %s over a thread's border whole", (error) => {
  const again = overBorder(error);
  expect(again).toBeInstanceOf(error.constructor);
  expect({ ...again }).toEqual({ ...error });
  expect(again.message).toBe(error.message);
  expect(again.name).toBe(error.name);
  expect(again.stack).toBe(error.stack);
});

it("keeps the causes, as far as they go", () => {
  const error = new DataError("fault", { file: "a", cause: new TypeError("inner", { cause: "a text" }) });
  const { cause } = overBorder(error) as { cause?: Error };
  expect(cause).toMatchObject({ name: "TypeError", message: "inner" });
  expect(cause?.cause).toMatchObject({ message: "a text" });
});

it("ends at a chain of causes that goes in a circle", () => {
  const error = new Error("round");
  error.cause = error;
  expect(overBorder(error)).toMatchObject({ message: "round" });
});

it.each([
  [new RangeError("Maximum call stack size exceeded"), "RangeError", "Maximum call stack size exceeded"],
  ["just a text", "Error", "just a text"],
  [undefined, "Error", "undefined"],
  [Object.create(null), "Error", "a value that has no text"],
])("makes an Error of what is none of ours: %#", (thrown, name, message) => {
  expect(overBorder(thrown)).toMatchObject({ name, message });
});
