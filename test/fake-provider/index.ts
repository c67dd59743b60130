export type { BatchPlan } from "./batch-board.ts";
export type { Bill, BillEntry, TokenPrices } from "./billing.ts";
export type {
  BatchView,
  ChatRequest,
  FakeContext,
  FakeErrorName,
  FakeProvider,
  FakeProviderOptions,
  FakeReply,
  FakeUsage,
  ProtocolName,
  RawRequest,
} from "./contract.ts";
export { type FaultName, type FaultShares, faultNames } from "./faults.ts";
export type { FakeLimits } from "./limits.ts";
export { defaultReply, insufficientQuota, rateLimited } from "./replies.ts";
export { startFakeProvider } from "./server.ts";
