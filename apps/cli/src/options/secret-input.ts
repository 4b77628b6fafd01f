import type { Context } from '../context.ts';
import { usageError } from '../core/errors.ts';

const MAX_TOKEN_CHARACTERS = 4_096;
const MAX_VALUE_CHARACTERS = 1024 * 1024;

/** readSecret takes a token from the standard input: an argument would be seen by every user of the machine. */
export async function readSecret({ io }: Context): Promise<string> {
  if (io.stdin.isTTY) io.stderr.write('Token, then Enter and Ctrl-D: ');
  let text = '';
  for await (const chunk of io.stdin) {
    text += String(chunk);
    if (text.length > MAX_TOKEN_CHARACTERS) break;
  }
  return text.trim();
}

/** readSecretValue takes a value of several lines as it is, but for the line break at its end, which editors add. */
export async function readSecretValue({ io }: Context): Promise<string> {
  if (io.stdin.isTTY) io.stderr.write('Value, then Enter and Ctrl-D: ');
  let text = '';
  for await (const chunk of io.stdin) {
    text += String(chunk);
    if (text.length > MAX_VALUE_CHARACTERS) break;
  }
  return text.replace(/\r?\n$/, '');
}

/** checkSecret refuses what is not one word of printable ASCII: it would only fail later and darkly. */
export function checkSecret(token: string, example: string): string {
  if (token.length > 0 && token.length <= MAX_TOKEN_CHARACTERS && /^[\x21-\x7e]+$/.test(token))
    return token;
  throw usageError('What was given is not a token', example);
}
