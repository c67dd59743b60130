import { defineConfig } from "vitest/config";

/** Suites that take minutes, one at a time: the quick start as a new user runs it, the tarball, kills at random moments. */
export default defineConfig({
  test: {
    include: ["test/heavy/**/*.test.ts"],
    testTimeout: 20 * 60_000,
    hookTimeout: 5 * 60_000,
    fileParallelism: false,
  },
});
