import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { personalDataKinds } from "../../../config/filters-schema.ts";
import type { Candidate, RuleOutcome } from "../rule.ts";
import { hasLuhnDigit } from "./personal-data/credit-cards.ts";
import type { PersonalDataKind } from "./personal-data/finder.ts";
import { personalDataRule } from "./personal-data.ts";

const rejects = personalDataRule({ action: "reject", kinds: personalDataKinds });
const redacts = personalDataRule({ action: "redact", kinds: personalDataKinds });
const check = (answer: string, rule = rejects) => rule.check({ answer } as Candidate) as RuleOutcome;
const redact = (answer: string): string => {
  const outcome = check(answer, redacts);
  if (!outcome.keep) throw new Error("A rule that redacts rejects nothing");
  return outcome.answer ?? answer;
};

const placeholders: Record<PersonalDataKind, string> = {
  email: "[EMAIL]",
  phone: "[PHONE]",
  credit_card: "[CREDIT_CARD]",
  iban: "[IBAN]",
  us_ssn: "[SSN]",
  ip_address: "[IP_ADDRESS]",
};

/** The data stands between guillemets, which are taken out. */
describe("found, and put a placeholder for", () => {
  it.each<[PersonalDataKind, string]>([
    ["email", "Write to «ann.lee@chem.uni-bonn.de»."],
    ["email", "(«ann+lab_2@gmail.com»), mailto:«b@163.com»"],
    ["email", "Müller: «jörg.müller@müller-labor.de»; «o'x»".replace("; «o'x»", "")],
    ["email", "«A@B.CO»...«c@d-e.museum»-"],
    ["phone", "Call «+49 30 1234567» now"],
    ["phone", "«+1 (415) 867-5309», «+14158675309», «+1-415-867-5309»"],
    ["phone", "tel:«+44 (0)20 7946 0958»."],
    ["phone", "«(415) 867-5309» «(212) 867-5309» or «415-867-5309», «415.867.5309», «1-415-867-5309»"],
    ["phone", "Tel.: «030 1234567»; Phone number: «0171/2345678», Fax «(089) 12 34 56»"],
    ["phone", "«+39 06 6982 1234», «+353 1 234 5678»"],
    ["credit_card", "Card «4111 1111 1111 1111», «5555-5555-5555-4444» and «378282246310005»."],
    ["credit_card", "«3714 496353 98431» «3056 930902 5904»".replace(" «3056", ", «3056")],
    ["credit_card", "«6011111111111117», «2223003122003222», «3566002020360505»"],
    ["iban", "Pay to «DE89 3704 0044 0532 0130 00»."],
    ["iban", "«GB82WEST12345698765432», «FR14 2004 1010 0505 0001 3M02 606»; «NO93-8601-1117-947»"],
    ["us_ssn", "It is «219-45-1234»."],
    ["us_ssn", "SSN: «219 45 1234», social security number is «219451234»"],
    ["ip_address", "From «93.184.216.34», «93.184.216.34»:8080 and http://«23.45.67.89»/a"],
    ["ip_address", "the server «5.9.12.7», ping «5.9.12.7»; route «5.9.12.7»/24"],
    ["ip_address", "It has «2a00:1450:4001:81b::200e», and «2606:2800:220:1:248:1893:25c8:1946»: fine."],
  ])("%s: %s", (kind, marked) => {
    const answer = marked.replace(/[«»]/g, "");
    const count = marked.split("«").length - 1;
    const first = marked.indexOf("«");
    const length = marked.indexOf("»") - first - 1;
    expect(check(answer)).toEqual({
      keep: false,
      reason: "personal_data",
      detail: [{ kind, count, text: `${answer.slice(first, first + 2)}…`, characters: length, offset: first }],
    });
    expect(redact(answer)).toBe(marked.replace(/«[^»]*»/g, placeholders[kind]));
    const others = personalDataKinds.filter((other) => other !== kind);
    expect(check(answer, personalDataRule({ action: "reject", kinds: [kind] }))).toEqual(check(answer));
    if (kind !== "credit_card")
      expect(check(answer, personalDataRule({ action: "reject", kinds: others })).keep).toBe(true);
  });
});

describe("not taken for personal data", () => {
  it.each([
    "Seed 12 345 678 cells, or 1.2 × 10^12; 1 234 567 890 bp and 4 000 000 000 reads.",
    "Spin at 1-800 rpm, then 250-375-1200 rpm, or in steps of 250-500-1000; stir 300-400-5000 µL.",
    "ISBN 978-3-16-148410-0, ISBN 0-306-40615-2, 9780262033848, EAN 4006381333931.",
    "doi:10.1038/s41586-020-2649-2, 10.1016/0022-2836(81)90087-5, arXiv:2106.09685, PMID: 31452104.",
    "ORCID 0000-0002-1825-0097, CAS 7732-18-5 and 50-00-0, EC 200-659-6, NCT04280705, PDB 1A2B.",
    "Version 1.2.3.4 of the kit, v5.6.7.8, Chrome/120.0.6099.129, release 10.15.200.3, python 3.12.0.1",
    "See 1.2.3.4 for details, section 12.3.4.5 and step 101.2.3.4.",
    "ann@example.com, b@lab.example.org, c@mail.test, d@localhost, test@localhost, e@printer.local, f@a.invalid",
    "git@github.com:a/b.git, noreply@lab.org, react@18.2.0, fun=@sin.x, 5@37.C, @app.route, a@b, x @ y.com, 20@25.degC",
    "(555) 555-0123, 415-555-0199, +1 212 555 0142, 1-800-555-0100, Tel. 555-0123",
    "127.0.0.1, 10.0.0.200, 172.16.5.4, 192.168.1.254, 169.254.1.200, 255.255.255.0, 0.0.0.0, 224.0.0.251",
    "192.0.2.146, 198.51.100.7, 203.0.113.200, 8.8.8.8, 1.1.1.1, 100.64.0.200, 999.1.1.200, 1.2.3.4.200",
    "::1, fe80::1, fd00::5, 2001:db8::8a2e:370:7334, ff02::1, 12:34:56, 00:1B:44:11:3A:B7, std::vector, ab::cd",
    "550e8400-e29b-41d4-a716-446655440000, 4532148803436467123456, 4532.1488.0343.6467, 3.4532148803436467",
    "4532 1488 0343 6468, 1234 5678 9012 3456, 4000 4100 4200 4300 4400, 0000 0000 0000 0000",
    "000-12-3456, 666-12-3456, 912-12-3456, 219-00-1234, 219-12-0000, 1219-12-3456, 219-12-34567, 2020-12-3456",
    "DE89 3704 0044 0532 0130 01, DE12, GB82 WEST 1234, AA12 3456 7890 1234, AB12CD34EF56, PCR20 CYCL 1234 5678 9012",
    "+12345, +1 000 000 000, +49 500 000 000 cells, +40.71277612, -74.00597412, 1e+1234567890, a+4930123456789, ++4930123456789",
    "E = +2.997924580, k = 1.380649e-23, 6.02214076e+23, 0.123456789012345, 299 792 458 m/s, 1234567890",
    "2024-05-12T10:11:12.123456, 2024-05-12 10:11, 12/05/2024, 1700000000000, 20240512101112345",
    "Use 12-34-5678 mL; lanes 100-200-300; mobile phase 10 20 30 40 50 60; telephone 12",
    "chr17:41196312-41277500, rs80357906, ENSG00000012048, NM_007294.4, 5'-ACGTACGTACGT-3'",
  ])("%s", (answer) => expect(check(answer)).toEqual({ keep: true }));
});

describe("redacted", () => {
  it("keeps JSON valid, numbers and escapes included", () => {
    const json =
      '{"mail": "a\\nann@lab.org\\u0041b@lab.org", "card": 4111111111111111, "tel": ["\\t+4930123456", "\\"415-867-5309\\""], "\\\\": 1}';
    const redacted = redact(json);
    expect(JSON.parse(redacted)).toEqual({
      mail: "a\n[EMAIL]A[EMAIL]",
      card: "[CREDIT_CARD]",
      tel: ["\t[PHONE]", '"[PHONE]"'],
      "\\": 1,
    });
    expect(redacted).toContain('"card": "[CREDIT_CARD]"');
  });

  it("keeps the rest as it was, to the last character", () => {
    const answer = "  \\alpha ann@lab.org\r\n{not JSON: 4111111111111111}\ud83d\ude00 \n";
    expect(redact(answer)).toBe("  \\alpha [EMAIL]\r\n{not JSON: [CREDIT_CARD]}\ud83d\ude00 \n");
    expect(check("nothing here", redacts)).toEqual({ keep: true });
  });

  it("goes on where something stands right behind it, and is rejected where that does not end", () => {
    expect(redact("ann@lab.org+49 30 1234567+49 30 1234567")).toBe("[EMAIL][PHONE][PHONE]");
    const outcome = check("+4930123456".repeat(50_000), redacts);
    expect(outcome).toMatchObject({ keep: false, reason: "personal_data" });
  });

  it("is not found again, and stays JSON, whatever surrounds it", () => {
    const data = fc.constantFrom(
      "ann@lab.org",
      "+49 30 1234567",
      "4111111111111111",
      "GB82WEST12345698765432",
      "219-45-1234",
      "93.184.216.34",
    );
    const part = fc.oneof(
      data,
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom(" ", "\\", '"', "\n", "u0041"),
    );
    const value = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(fc.oneof(value, fc.constant(4111111111111111))), fc.boolean(), (values, isIndented) => {
        const json = JSON.stringify(values, null, isIndented ? 2 : 0);
        const outcome = check(json, redacts);
        if (!outcome.keep) return;
        const redacted = outcome.answer ?? json;
        expect(() => JSON.parse(redacted)).not.toThrow();
        expect(check(redacted)).toEqual({ keep: true });
      }),
      { numRuns: 300 },
    );
  });
});

it("names each kind once, in the order of the text", () => {
  expect(check("a@lab.org, 219-45-1234, b@lab.org")).toMatchObject({
    detail: [
      { kind: "email", count: 2, offset: 0 },
      { kind: "us_ssn", count: 1, offset: 11 },
    ],
  });
});

it("finds every card number with its check digit and no other", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^4\d{14}$/), (digits) => {
      const right = Array.from("0123456789").filter((digit) => hasLuhnDigit(digits + digit));
      expect(right).toHaveLength(1);
      expect(check(`a ${digits}${right[0]} b`).keep).toBe(false);
      expect(check(`a ${digits}${(Number(right[0]) + 1) % 10} b`).keep).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it("takes time linear in the answer, whatever it repeats", () => {
  const parts = [
    "a",
    "1",
    "+1",
    "@",
    "a@a.",
    `${"a".repeat(64)}@`,
    "1.2.3.4 ",
    "93.184.216.34 ",
    "4111 ",
    "(",
    "+1 (",
    "DE89 3704 ",
    "2001:",
    "\\",
    "tel ",
    "1-",
    "SSN ",
  ];
  for (const part of parts) {
    const answer = part.repeat(1_000_000 / part.length);
    check(answer);
    check(answer, redacts);
  }
});
