/** Forms that no rule gives, by base form. */
const irregularForms: Readonly<Record<string, readonly string[]>> = {
  begin: ["began", "begun"],
  bind: ["bound"],
  blow: ["blew", "blown"],
  break: ["broke", "broken"],
  bring: ["brought"],
  build: ["built"],
  choose: ["chose", "chosen"],
  cut: ["cut"],
  do: ["does", "did", "done"],
  draw: ["drew", "drawn"],
  drive: ["drove", "driven"],
  feed: ["fed"],
  find: ["found"],
  freeze: ["froze", "frozen"],
  get: ["got", "gotten"],
  give: ["gave", "given"],
  go: ["goes", "went", "gone"],
  grind: ["ground"],
  grow: ["grew", "grown"],
  hang: ["hung"],
  hold: ["held"],
  keep: ["kept"],
  lead: ["led"],
  leave: ["left"],
  let: ["let"],
  light: ["lit"],
  make: ["made"],
  put: ["put"],
  read: ["read"],
  run: ["ran", "run"],
  see: ["saw", "seen"],
  set: ["set"],
  shake: ["shook", "shaken"],
  show: ["shown"],
  spin: ["spun"],
  split: ["split"],
  spread: ["spread"],
  stand: ["stood"],
  stick: ["stuck"],
  take: ["took", "taken"],
  teach: ["taught"],
  think: ["thought"],
  write: ["wrote", "written"],
};

/** The forms of an English verb that an instruction or a report uses, in lower case: measure, measures, measured, measuring. */
export function inflect(verb: string): Set<string> {
  const forms = new Set<string>();
  for (const base of spellings(verb.toLowerCase())) {
    for (const form of regularForms(base)) forms.add(form);
    for (const form of irregularForms[base] ?? []) forms.add(form);
  }
  return forms;
}

/** American and British: analyze and analyse, synthesize and synthesise. */
function spellings(verb: string): string[] {
  if (/[yi]ze$/.test(verb)) return [verb, `${verb.slice(0, -2)}se`];
  if (/(?:lyse|[a-z]{2}ise)$/.test(verb)) return [verb, `${verb.slice(0, -2)}ze`];
  return [verb];
}

function regularForms(base: string): string[] {
  if (base.endsWith("ie")) return [base, `${base}s`, `${base}d`, `${base.slice(0, -2)}ying`];
  if (/(?:ee|oe|ye)$/.test(base)) return [base, `${base}s`, `${base}d`, `${base}ing`];
  if (base.endsWith("e")) return [base, `${base}s`, `${base}d`, `${base.slice(0, -1)}ing`];
  if (/[^aeiou]y$/.test(base)) return [base, `${base.slice(0, -1)}ies`, `${base.slice(0, -1)}ied`, `${base}ing`];
  const third = /(?:s|x|z|ch|sh)$/.test(base) ? `${base}es` : `${base}s`;
  const forms = [base, third, `${base}ed`, `${base}ing`];
  // Whether the last consonant doubles depends on the stress (planned, but tested): both are taken where it can.
  if (!/[^aeiou][aeiou][bdfgklmnprtvz]$/.test(base) && !/^[aeiou][bdgmnprt]$/.test(base)) return forms;
  return [...forms, `${base}${base.at(-1)}ed`, `${base}${base.at(-1)}ing`];
}
