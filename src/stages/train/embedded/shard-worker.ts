// The program of one training thread; shard-pool.ts starts it and speaks to it.
import { parentPort, workerData } from "node:worker_threads";
import { reuseInstances } from "./reuse-instances.ts";
import type { ShardOptions } from "./shard.ts";
import type { ShardReply, ShardRequest } from "./shard-pool.ts";

reuseInstances();
// After reuseInstances, and here rather than above: jax-js sets its backend up as it is imported.
const { createShard } = await import("./shard.ts");
const shard = createShard(workerData as ShardOptions);

function answer(request: ShardRequest): number {
  switch (request.task) {
    case "gradient":
      return shard.computeGradient(request.batch);
    case "loss":
      return shard.computeLoss(request.batch);
    case "update":
      shard.update(request.step);
      return 0;
  }
}

parentPort?.on("message", (request: ShardRequest) => {
  const reply: ShardReply = { value: answer(request) };
  parentPort?.postMessage(reply);
});
