import { BlockList, isIP } from "node:net";

const privateRanges = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 32],
  ["10.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateRanges.addSubnet(network, prefix, "ipv4");
}
privateRanges.addAddress("::1", "ipv6");
privateRanges.addSubnet("fc00::", 7, "ipv6");
privateRanges.addSubnet("fe80::", 10, "ipv6");

/** Whether a URL points to this machine. */
export function isLoopbackUrl(url: string): boolean {
  const host = hostOf(url);
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || host === "0.0.0.0" || /^127\./.test(host)
  );
}

/**
 * Whether a URL points to this machine or a private network, where a call costs nothing: private and link-local addresses, names
 * without a dot, and names under .local, .internal and .localhost, none of which exist on the public Internet.
 */
export function isPrivateUrl(url: string): boolean {
  const host = hostOf(url);
  const version = isIP(host);
  if (version !== 0) return privateRanges.check(host, version === 4 ? "ipv4" : "ipv6");
  return !host.includes(".") || /\.(?:local|internal|localhost)$/.test(host);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "").toLowerCase();
}
