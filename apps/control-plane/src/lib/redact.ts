const HIDDEN = '[hidden]';

/**
 * Forms that are secrets wherever they are: what follows a scheme of authorization, passwords in URLs, and tokens with
 * a prefix made to be recognised.
 */
const SECRETS = [
  /\b((?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"',;]+/gi,
  /\b(bearer\s+)[\w.~+/-]{16,}=*/gi,
  /(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)/gi,
  /()\b(?:sptf_[a-z]+_|gh[pousr]_|github_pat_|glpat-|sk-ant-|xox[abprs]-|npm_)[\w-]{16,}/g,
  /()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----.*/g,
];
/** Most lines hold none of them, and are told apart by one look. */
const SUSPICIOUS =
  /authorization|bearer|:\/\/|sptf_|gh[pousr]_|github_pat_|glpat-|sk-ant-|xox|npm_|AKIA|ASIA|PRIVATE KEY/i;

/** redact hides secrets that programs print by mistake, as far as their form gives them away. */
export function redact(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return SECRETS.reduce((left, secret) => left.replace(secret, `$1${HIDDEN}`), text);
}

/** Names of values that are secrets whatever their form. */
const SECRET_NAME = /^(password|passphrase|secret|token|private_?key|credential|authorization)$/i;

/** redactValue hides secrets within a value that is stored as JSON. */
export function redactValue(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, hide(name, inner)]),
  );
}

function hide(name: string, value: unknown): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? HIDDEN : redact(value);
  if (Array.isArray(value)) return value.map((inner) => hide(name, inner));
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hide(key, inner)]));
}
