const secretName = /(_KEY|_KEYS|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$/i;
/** Shorter values are more likely words than keys, and would blot out half a log. */
const minSecretLength = 8;

/** Whether an environment variable of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Makes a function that replaces the values of an environment's secrets by their names, for what goes to a log or a screen. */
export function createRedactor(env: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => isSecretName(name) && value.length >= minSecretLength)
    .sort(([, a], [, b]) => b.length - a.length);
  return (text) => secrets.reduce((line, [name, value]) => line.replaceAll(value, `[${name}]`), text);
}
