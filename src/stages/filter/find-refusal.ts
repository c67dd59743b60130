/** Where a text refuses, or speaks of the model that wrote it. */
export interface Refusal {
  readonly kind: "self_description" | "refusal" | "own_phrase";
  readonly text: string;
  /** In UTF-16 code units from the text's start. */
  readonly offset: number;
}

/** How far into an answer a refusal is one: later, "I cannot" is mostly part of a story or a quotation. */
const headCharacters = 300;
/** Of what stands behind the head, enough for a sentence that begins in it. */
const tailCharacters = 160;

const model = "(?:AI|artificial intelligence|(?:large )?language model|virtual assistant|chatbot)";
const modelKind = "(?: language| text-based)?(?: model| assistant| system| chatbot| program)?";

/** What only a model says of itself, anywhere. */
const selfDescription = new RegExp(
  [
    "\\b[Aa]s an? (?:AI|artificial intelligence|large) language model\\b",
    `\\b[Aa]s an? ${model}${modelKind}[^.\\n]{0,60}?,? I(?:['’]m| am| cannot| can['’]t| can not| do not| don['’]t| must| am not| have no| lack|['’]ve)\\b`,
    `\\bI(?:['’]m| am) (?:just |only |merely |simply )?an? ${model}${modelKind}(?=\\s*(?:$|[,.;:!?)—–-]|(?:and|so|that|which|created|developed|trained|designed|made|built|without)\\b))`,
    "\\bI(?: was|['’]m| am) (?:trained|created|developed|made) by (?:OpenAI|Anthropic|Google|Meta|Microsoft|Mistral|Alibaba|DeepSeek)\\b",
    "\\b[Mm]y (?:knowledge cut-?off|knowledge is limited to|training data (?:only|does not|doesn['’]t|ends|extends|goes|was cut)|last (?:knowledge|training) update)\\b",
    "\\bI (?:do not|don['’]t) have (?:personal|real) (?:opinions|feelings|beliefs|emotions|experiences|preferences)\\b",
    "\\bI (?:do not|don['’]t) have (?:real-time |direct )?access to (?:real-time|the internet|current|up-to-date|external)\\b",
  ].join("|"),
);

const cannot = "(?:cannot|can['’]t|can not|won['’]t|will not)";
const unable = `(?:(?:am|['’]m) (?:unable|not able|not allowed|not permitted|not comfortable|not willing|not in a position)(?: to)?|${cannot})`;
const adverb = "(?:(?:really|simply|just|ethically|legally|currently|in good conscience|knowingly) )?";
const task = [
  "(?:assist|comply|fulfil|fulfill|engage|participate)\\b",
  "help (?:you|with|anyone|create|make|write|in)\\b",
  "(?:provid|giv|offer|shar|supply|writ|creat|generat|produc|complet|answer|do|doing|discuss|support|facilitat|continu|promot|respond)(?:e|ing)?(?: to| with| you)* (?:that|this|you|any|such|your request|the requested|instructions|information|assistance|advice|help|guidance|details|content|medical|legal|financial|harmful|explicit|illegal|dangerous)\\b",
].join("|");

/** Sentences that refuse; each stands at the start of one. */
const refusals = [
  `(?:I(?:['’]m| am) (?:so |very |really |deeply )?(?:sorry|afraid)|(?:[Ss]orry|My apologies|I apologi[sz]e))[,.;:!]?(?: (?:but|for (?:any|the) (?:inconvenience|confusion)[,.]?(?: but)?|that|as))?,? I ?${unable}\\b`,
  `(?:(?:Unfortunately|Regrettably|However|No|Sorry),? )?(?:but )?I ?${unable} ${adverb}(?:${task})`,
  "I (?:must|have to|need to|will have to|will|would)? ?(?:respectfully |politely |kindly )?(?:decline|refuse)(?: to| your| this| that|[.,])",
  "I(?:['’]d| would) (?:rather|prefer) not (?:to )?(?:answer|say|discuss|provide|help|assist|engage)",
  "(?:[Tt]his|[Tt]hat|[Yy]our) (?:request|question|prompt) (?:violates|goes against|is against|is not something I)",
  "(?:[Ii]t|[Tt]hat|[Tt]his) (?:is|would be|['’]s) (?:not (?:appropriate|ethical|possible|safe)|inappropriate|unethical|against my \\w{3,20}) for me to\\b",
  "(?:[Tt]hat|[Tt]his|[Ii]t)(?:['’]s| is| goes) against my (?:programming|guidelines|principles|policy|policies)\\b",
].join("|");

// Markdown's marks and opening quotes can stand between a sentence's start and its first word; in JSON, a value starts like a sentence.
const sentenceStart = "(?:^|[\\n.!?…:,{[])[\\s\"'“‘*_>#)\\]-]{0,12}";
const refusalPattern = new RegExp(`(${sentenceStart})(${refusals})`, "g");

/** Finds refusals and what models say of themselves; `phrases` are the user's own, whatever their case and white space. */
export function createRefusalFinder(phrases: readonly string[]): (text: string) => Refusal | null {
  const own = phrases.length === 0 ? null : new RegExp(phrases.map(phrasePattern).join("|"), "iu");
  return (text) => {
    const self = selfDescription.exec(text);
    if (self !== null) return { kind: "self_description", text: self[0], offset: self.index };
    const phrase = own?.exec(text) ?? null;
    if (phrase !== null) return { kind: "own_phrase", text: phrase[0], offset: phrase.index };
    return findInHead(text);
  };
}

function phrasePattern(phrase: string): string {
  return phrase
    .split(/\s+/)
    .map((word) => RegExp.escape(word))
    .join("\\s{1,20}");
}

function findInHead(text: string): Refusal | null {
  const start = text.length - text.trimStart().length;
  const head = text.slice(start, start + headCharacters + tailCharacters);
  const isJson = /^[{[]/.test(head);
  for (const match of head.matchAll(refusalPattern)) {
    const [, before = "", said = ""] = match;
    const offset = match.index + before.length;
    if (offset > headCharacters) return null;
    if (isSentenceStart(before, isJson)) return { kind: "refusal", text: said, offset: start + offset };
  }
  return null;
}

/** A comma, colon or bracket starts a sentence in JSON alone, and there only before a quote; a full stop does before white space. */
function isSentenceStart(before: string, isJson: boolean): boolean {
  if (/^[:,{[]/.test(before)) return isJson && before.endsWith('"');
  return !/^[.!?…]\S*$/.test(before);
}
