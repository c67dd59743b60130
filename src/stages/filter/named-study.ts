/** A study as English writes of it. */
const study =
  "(?:stud(?:y|ies)|research|researchers|papers?|meta-analys[ie]s|(?:clinical|randomi[sz]ed) trials?|scientists|literature|journals?|publications?)";
const finding =
  "(?:found|finds?|showed|shown|shows?|suggest(?:s|ed)?|report(?:s|ed)?|demonstrate[sd]?|indicate[sd]?|reveal(?:s|ed)?|confirm(?:s|ed)?|conclude[sd]?|established|discovered|observed)";
const year = "(?:18|19|20)\\d\\d";
const name = "\\p{Lu}[\\p{L}'’&-]{1,30}";

/** Journals whose names are words that "published in" can hardly be followed by otherwise. */
const journals =
  "(?:Nature|Science|Cell|PNAS|PLOS|PLoS|JAMA|BMJ|eLife|Lancet|JACS|NEJM|Proceedings|Annals|Transactions|Physical Review|Analytical Chemistry|Chemical Reviews|Angewandte)";

/** Appeals to a study that is named, dated, or merely said to be there, each with what it needs; every repetition is bounded. */
export const namedStudyPatterns: readonly { readonly needs: RegExp; readonly pattern: RegExp }[] = [
  {
    // "According to a 2019 study", "according to recent research".
    needs: /ccording to /,
    pattern: new RegExp(
      `\\b[Aa]ccording to (?:[\\p{L}\\d-]{1,20} ){0,4}${study}\\b(?! (?:question|protocol|plan|guide|design))`,
      "gu",
    ),
  },
  {
    // "As reported in the literature".
    needs: /s (?:report|describ|shown|demonstrat|publish)ed /,
    pattern: new RegExp(
      `\\b[Aa]s (?:reported|described|demonstrated|published) (?:in|by) (?:a|the|several|recent|previous) (?:[\\p{L}\\d-]{1,20} ){0,2}${study}\\b`,
      "gu",
    ),
  },
  {
    // "A 2019 study found", "the landmark 2015 paper".
    needs: /(?:18|19|20)\d\d [a-z]/,
    pattern: new RegExp(
      `\\b(?:[Aa]|[Oo]ne|[Tt]he|[Aa]nother|[Tt]heir|[Hh]is|[Hh]er) (?:[\\p{L}-]{1,20} ){0,2}${year} (?:[\\p{L}-]{1,20} ){0,2}(?:study|paper|article|review|trial|survey|meta-analysis|publication)\\b`,
      "gu",
    ),
  },
  {
    // "Recent studies have shown", "research suggests".
    needs: /tudies |esearch |trials |papers /,
    pattern: new RegExp(
      `\\b(?:(?:[Rr]ecent|[Pp]revious|[Pp]rior|[Ee]arlier|[Ss]everal|[Mm]any|[Mm]ultiple|[Nn]umerous|[Ss]ome|[Oo]ther|[Nn]ew|[Cc]linical) (?:[\\p{L}-]{1,20} )?(?:studies|research|trials|papers)|[Ss]tudies|[Rr]esearch) (?:(?:have|has|had|also|clearly|consistently) ){0,2}${finding}\\b`,
      "gu",
    ),
  },
  {
    // "Researchers at MIT found".
    needs: /(?:esearcher|cientist|rofessor)s? (?:at|from|of) /,
    pattern: new RegExp(
      `\\b(?:[Rr]esearcher|[Ss]cientist|[Pp]rofessor)s? (?:at|from|of) (?:the )?${name}[^.\\n]{0,80}? (?:have |has )?${finding}\\b`,
      "gu",
    ),
  },
  {
    // "A study by Smith", "the paper published in Nature".
    needs: /(?:study|paper|article|meta-analysis) [a-z]/,
    pattern: new RegExp(
      `\\b(?:[Aa]|[Tt]he|[Oo]ne) (?:[\\p{L}-]{1,20} ){0,3}(?:study|paper|article|meta-analysis) (?:(?:published|conducted|written|led|done|carried out) )?(?:by|from) (?:the )?${name}`,
      "gu",
    ),
  },
  {
    // "Published in Nature", "published in the Journal of Physics", "published in 2019".
    needs: /ublished /,
    pattern: new RegExp(
      `\\b[Pp]ublished (?:[\\p{L}-]{1,20} )?in (?:the )?(?:journals?\\b|${journals}\\b|(?:${name} ){0,3}(?:Journal|Letters|Reviews)\\b|${year}\\b)`,
      "gu",
    ),
  },
  {
    needs: /ournal of /,
    pattern: new RegExp(`\\b[Jj]ournal of (?:the )?${name}`, "gu"),
  },
];
