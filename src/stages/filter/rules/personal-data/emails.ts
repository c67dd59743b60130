import type { Finder } from "./finder.ts";

/** E-mail addresses of people: none at example.org or in another domain that is reserved for examples, and none of services (git@github.com). */
export const findEmails: Finder = (text, report) => {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const start = startOfName(text, at);
    if (start === at || at - start > 64) continue;
    const domain = readDomain(text, at + 1);
    if (domain === null || isReserved(domain) || isService(text.slice(start, at))) continue;
    report(start, at + 1 + domain.length);
  }
};

const nameCharacter = /[\p{L}\p{N}._%+-]/u;

/** Where the part before the @ begins: no two dots in it follow each other. One character more than it may have is looked at. */
function startOfName(text: string, at: number): number {
  let start = at;
  while (
    start > 0 &&
    at - start <= 64 &&
    nameCharacter.test(text.charAt(start - 1)) &&
    !text.startsWith("..", start - 1)
  )
    start--;
  while (start < at && /[.%+-]/.test(text.charAt(start))) start++;
  return start;
}

/** Labels between dots. */
const domainPattern = /[\p{L}\p{N}][\p{L}\p{N}-]{0,62}(?:\.[\p{L}\p{N}][\p{L}\p{N}-]{0,62}){1,8}/uy;
const topLevel = /^(?:\p{L}{2,24}|xn--[a-z\d-]{2,59})$/iu;

/** The domain that begins there, without what follows it in the sentence, or null: react@18.2.0 has none. */
function readDomain(text: string, start: number): string | null {
  domainPattern.lastIndex = start;
  const labels = domainPattern.exec(text)?.[0].split(".") ?? [];
  while (labels.length > 1) {
    const last = (labels.at(-1) ?? "").replace(/-{1,63}$/, "");
    if (topLevel.test(last)) {
      labels[labels.length - 1] = last;
      return isNumber(labels.at(-2) ?? "") && !/^(?:com|net|org|cn|ru)$/i.test(last) ? null : labels.join(".");
    }
    labels.pop();
  }
  return null;
}

/** 163.com is a domain; 25.degC is none. */
function isNumber(label: string): boolean {
  return /^\d+$/.test(label);
}

/** RFC 2606 and RFC 6761. */
const reserved = /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|local)$/i;

function isReserved(domain: string): boolean {
  return reserved.test(domain);
}

function isService(name: string): boolean {
  return /^(?:git|hg|svn|no-?reply|donotreply|do-not-reply)$/i.test(name);
}
