import { parseArgs } from "node:util";
import { type FaultName, type FaultShares, faultNames } from "./faults.ts";
import type { FakeLimits } from "./limits.ts";
import { startFakeProvider } from "./server.ts";

const help = `A fake provider of OpenAI's, Anthropic's and Google's APIs for trials by hand.

  node test/fake-provider/start.ts --latency-ms 100 --per-minute 2000 --fault error_500=0.03 --fault hang=0.005

  --port N               0 for a free one (default)
  --key TEXT             refuse other keys
  --model NAME           a model that there is, several times for several; any where absent
  --latency-ms N         time until an answer (100)
  --fault KIND=SHARE     share of calls, 0 to 1, that fail so; several times for several:
                         ${faultNames.join(", ")}
  --seed N               of the faults (1)
  --per-minute N         requests a minute
  --tokens-per-minute N  input and at most output together; --input-tokens-per-minute and --output-tokens-per-minute apart
  --per-day N            requests a day
  --window KIND          bucket (holds one second's worth, the default), full-bucket, sliding, fixed
  --batch-ms N           from a batch's creation to its end (0)
  --clock-skew-ms N      how far the server's clock is ahead

Prints what to export on stdout. Control-C prints the bill as JSON and ends.
`;

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    port: { ...text, default: "0" },
    key: text,
    model: { ...text, multiple: true },
    "latency-ms": { ...text, default: "100" },
    fault: { ...text, multiple: true, default: [] },
    seed: { ...text, default: "1" },
    "per-minute": text,
    "tokens-per-minute": text,
    "input-tokens-per-minute": text,
    "output-tokens-per-minute": text,
    "per-day": text,
    window: { ...text, default: "bucket" },
    "batch-ms": { ...text, default: "0" },
    "clock-skew-ms": text,
  },
});

if (values.help) process.stdout.write(help);
else await serve();

async function serve(): Promise<void> {
  const limits = readLimits();
  const { key, model, "clock-skew-ms": skew } = values;
  const provider = await startFakeProvider({
    port: Number(values.port),
    latencyMs: Number(values["latency-ms"]),
    batchMs: Number(values["batch-ms"]),
    seed: Number(values.seed),
    faults: readFaults(),
    ...(key === undefined ? {} : { apiKey: key }),
    ...(model === undefined ? {} : { models: model }),
    ...(skew === undefined ? {} : { clockSkewMs: Number(skew) }),
    ...(Object.keys(limits).length === 1 ? {} : { limits }),
  });
  const { baseUrl, googleBaseUrl } = provider;
  const used = key ?? "fake-key";
  process.stdout.write(
    [
      `export OPENAI_BASE_URL=${baseUrl} OPENAI_API_KEY=${used}`,
      `export ANTHROPIC_BASE_URL=${baseUrl} ANTHROPIC_API_KEY=${used}`,
      `export GOOGLE_GEMINI_BASE_URL=${googleBaseUrl} GOOGLE_GENERATIVE_AI_API_KEY=${used}`,
      "",
    ].join("\n"),
  );
  const end = async (): Promise<void> => {
    const { requests, answered, mostInFlight, bill, statuses } = provider;
    const { billed, billedTwice, costUsd } = bill;
    const account = {
      requests,
      answered,
      most_in_flight: mostInFlight,
      statuses: Object.fromEntries(statuses),
      billed,
      billed_twice: billedTwice.map(({ prompt, times, received }) => ({ prompt, times, received })),
      cost_usd: costUsd,
    };
    process.stdout.write(`${JSON.stringify(account, null, 2)}\n`);
    await provider.close();
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
}

function readLimits(): FakeLimits {
  const read = (name: keyof FakeLimits, value: string | undefined) =>
    value === undefined ? {} : { [name]: Number(value) };
  return {
    window: values.window as NonNullable<FakeLimits["window"]>,
    ...read("requestsPerMinute", values["per-minute"]),
    ...read("tokensPerMinute", values["tokens-per-minute"]),
    ...read("inputTokensPerMinute", values["input-tokens-per-minute"]),
    ...read("outputTokensPerMinute", values["output-tokens-per-minute"]),
    ...read("requestsPerDay", values["per-day"]),
  };
}

function readFaults(): FaultShares {
  const shares = values.fault.map((fault): [FaultName, number] => {
    const [name = "", share] = fault.split("=");
    if (!(faultNames as readonly string[]).includes(name)) throw new Error(`--fault ${fault}: there is no such kind`);
    return [name as FaultName, Number(share)];
  });
  return Object.fromEntries(shares);
}
