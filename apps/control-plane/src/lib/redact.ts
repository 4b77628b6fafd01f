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
