#!/usr/bin/env node
// Runs on any Node: everything newer is imported only after the version is known to be enough.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `nexa: needs Node.js 24 or newer, this is ${process.versions.node} (${process.execPath})\n` +
      "  In a checkout:   npm ci, then `npx nexa ...`: the project brings its own Node 24.\n" +
      "  Anywhere else:   install Node 24 (for example `nvm install 24` or `npx n 24`), then try again.\n",
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { existsSync } = await import("node:fs");
  // A checkout has src/ and runs it as it is; an installed package has dist/ alone.
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const entry = existsSync(source) ? source : new URL("../dist/cli/main.js", import.meta.url);
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv);
}
