import { BlockList, isIPv6 } from "node:net";
import type { Finder } from "./finder.ts";

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const v4 = new RegExp(String.raw`(?<![\w.-])(?:${octet}\.){3}${octet}(?![\w-]|\.\d)`, "g");
/** Global unicast addresses all begin with 2 or 3. */
const v6 = /(?<![\w:.])[23][\da-f]{3}(?::[\da-f]{0,4}){2,7}(?!\w|:[\w:])/gi;

/** Public IP addresses: not those of private networks, loopback, examples, masks and public name servers, and no version numbers. */
export const findIpAddresses: Finder = (text, report) => {
  for (const match of text.matchAll(v4)) {
    const [address] = match;
    const end = match.index + address.length;
    if (!notPublic.check(address) && !isVersion(text, match.index, end)) report(match.index, end);
  }
  for (const match of text.matchAll(v6)) {
    // A sentence's colon.
    const address = match[0].replace(/(?<!:):$/, "");
    if (isIPv6(address) && !notPublic.check(address, "ipv6")) report(match.index, match.index + address.length);
  }
};

const versionBefore =
  /(?:\bv(?:er(?:sion)?s?)?\.?|releases?|build|firmware|sections?|§|chapters?|steps?|table|[a-z]\/|@)\s?$/i;
const addressBefore =
  /(?:\bip(?:v4)?\b|\baddress|\bhosts?\b|\bservers?\b|\bgateway\b|\bping\b|\bssh\b|:\/\/)[^\n]{0,24}$/i;

/** Four small numbers between dots are a version unless something says that they are an address. */
function isVersion(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start);
  if (versionBefore.test(before)) return true;
  const hasLargeNumber = text
    .slice(start, end)
    .split(".")
    .some((part) => Number(part) >= 100);
  return !hasLargeNumber && !addressBefore.test(before) && !/^(?::\d{2,5}|\/\d{1,2})\b/.test(text.slice(end, end + 6));
}

/** IANA's special-purpose registries, and name servers that everybody writes down. */
const notPublic = new BlockList();
for (const network of (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
  "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 " +
  "1.1.1.1/32 1.0.0.1/32 8.8.8.8/32 8.8.4.4/32 9.9.9.9/32 208.67.222.222/32 208.67.220.220/32"
).split(" ")) {
  const [address = "", bits] = network.split("/");
  notPublic.addSubnet(address, Number(bits), "ipv4");
}
for (const network of (
  "2001::/23 2001:db8::/32 2002::/16 3fff::/20 " +
  "2001:4860:4860::8888/128 2001:4860:4860::8844/128 2606:4700:4700::1111/128 2606:4700:4700::1001/128 2620:fe::fe/128"
).split(" ")) {
  const [address = "", bits] = network.split("/");
  notPublic.addSubnet(address, Number(bits), "ipv6");
}
