import { loadTokenGauge, type TokenGauge } from "../../models/index.ts";

/** What cl100k_base has of special tokens. */
const specialTokens = /<\|(?:endoftext|fim_prefix|fim_middle|fim_suffix|endofprompt)\|>/;

/**
 * The gauge as the Python original counts in cl100k_base: its tokenizer refuses a text that spells out a special token, and a quarter of
 * the characters is taken instead. Other gauges are given back as they are.
 */
export async function asOriginalCounts(gauge: TokenGauge): Promise<TokenGauge> {
  if (gauge.name !== "cl100k_base") return gauge;
  const quarter = await loadTokenGauge("characters_over_4");
  const gaugeFor = (text: string): TokenGauge => (specialTokens.test(text) ? quarter : gauge);
  return {
    name: gauge.name,
    hasAtLeast: (text, minimum) => gaugeFor(text).hasAtLeast(text, minimum),
    hasMoreThan: (text, maximum) => gaugeFor(text).hasMoreThan(text, maximum),
    count: (text) => gaugeFor(text).count(text),
    fewest: (text, enough) => gaugeFor(text).fewest(text, enough),
    most: (text) => gaugeFor(text).most(text),
  };
}
