/**
 * Whether secretlint's recommended rules can find anything in the text: true for every text in which they do, and for few others. They take
 * some 40 microseconds a row, this takes two. It follows from their patterns, each of which holds one of these; the tests make texts from the
 * patterns themselves and so notice a version of the library that looks for more.
 */
export function mayHoldSecret(text: string): boolean {
  return (
    (longToken.test(text) && tokenPrefix.test(text)) ||
    (text.includes("://") && credentialUrl.test(text)) ||
    text.includes("PRIVATE KEY") ||
    text.includes("T3BlbkFJ") ||
    text.includes(":x-oauth-basic@") ||
    (text.includes("-") && slackToken.test(text)) ||
    databricksToken.test(text) ||
    ((text.includes(":") || text.includes("=")) && awsSecret.test(text)) ||
    // A service account's JSON may have its names written with escapes.
    text.includes("\\u")
  );
}

/** Most tokens are a prefix, a separator and at least 16 characters; the exceptions come first. */
const longToken = /_(?:authToken=|key_id|\d)|[-_.][\w+/=-]{16}/;

const tokenPrefix =
  /(?:npm|gsk|hf|lin_api|ntn|ops|pat|figd|glc|glsa|shp(?:pa|ca|at|ss)|gh[pousr]|cf(?:k|ut|at)|vc[piark]|[sr]k_(?:live|test))_|(?:tskey|glpat|sk-ant-api0\d)-|hv[sbr]\.|SG\.|_authToken=|private_key_id/;

/** `//user:` of a web or database address; a password follows. */
const credentialUrl = /:\/\/(?:[^:/\s]{1,256}:|hooks\.slack\.com)/i;

const slackToken = /xox[abopr]-|xapp-/;

const databricksToken = /dapi[A-Fa-f\d]{32}/;

const awsSecret = /(?:SECRET|[Ss]ecret)_?(?:ACCESS|[Aa]ccess)_?(?:KEY|[Kk]ey)/;
