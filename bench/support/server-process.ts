import { fork } from "node:child_process";
import { once } from "node:events";
import { type FakeProviderOptions, startFakeProvider } from "../../test/fake-provider/index.ts";

/** What a server has seen since its start. */
export interface ServerAccount {
  readonly requests: number;
  readonly answered: number;
  readonly mostInFlight: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly billed: number;
  readonly billedTwice: number;
  /** Processor seconds of the server itself. */
  readonly cpuSeconds: number;
}

/** The fake provider in a process of its own, so that it shares no event loop with what is measured. */
export interface ServerProcess extends Disposable {
  readonly baseUrl: string;
  account(): Promise<ServerAccount>;
}

/** Options must be plain data: they go to the other process as JSON. */
export async function startServerProcess(options: FakeProviderOptions): Promise<ServerProcess> {
  const child = fork(import.meta.filename, [JSON.stringify(options)]);
  const [baseUrl] = (await once(child, "message")) as [string];
  return {
    baseUrl,
    async account() {
      child.send("account");
      const [account] = (await once(child, "message")) as [ServerAccount];
      return account;
    },
    [Symbol.dispose]: () => {
      child.kill();
    },
  };
}

async function serve(options: FakeProviderOptions): Promise<void> {
  const provider = await startFakeProvider(options);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    const { requests, answered, mostInFlight, statuses, bill } = provider;
    process.send?.({
      requests,
      answered,
      mostInFlight,
      statuses: Object.fromEntries(statuses),
      billed: bill.billed,
      billedTwice: bill.billedTwice.length,
      cpuSeconds: (user + system) / 1e6,
    } satisfies ServerAccount);
  });
  process.send?.(provider.baseUrl);
}

if (import.meta.main && process.send !== undefined) await serve(JSON.parse(process.argv[2] ?? "{}"));
