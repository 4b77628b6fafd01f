import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../core/preferences.ts';

const OTHERS = 0o077;

/** Login tokens by server, and the server that was signed in to last. */
export interface Credentials {
  readonly current: string | undefined;
  readonly tokens: Readonly<Record<string, string>>;
}

const NONE: Credentials = { current: undefined, tokens: {} };

/** readCredentials tightens a file that others may read, and reports that and a damaged one by `warn`. */
export async function readCredentials(
  file: string,
  warn: (text: string) => void,
): Promise<Credentials> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      await chmod(file, 0o600);
      warn(
        `${file} was readable by others and is private again; sign in anew if others use this machine`,
      );
    }
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return NONE;
    throw cause;
  }
  const credentials = parseCredentials(text);
  if (!credentials) warn(`${file} is damaged and ignored; sign in again`);
  return credentials ?? NONE;
}

/** writeCredentials replaces the file in one step; only its owner can read it. */
export async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}

export function withToken(credentials: Credentials, server: string, token: string): Credentials {
  return { current: server, tokens: { ...credentials.tokens, [server]: token } };
}

export function withoutToken(credentials: Credentials, server: string): Credentials {
  const tokens = Object.fromEntries(
    Object.entries(credentials.tokens).filter(([known]) => known !== server),
  );
  return { current: credentials.current === server ? undefined : credentials.current, tokens };
}

function parseCredentials(text: string): Credentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported by the caller as damaged.
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['tokens'])) return undefined;
  const tokens: Record<string, string> = {};
  for (const [server, token] of Object.entries(value['tokens'])) {
    if (typeof token !== 'string' || /[^\x21-\x7e]/.test(token)) return undefined;
    tokens[server] = token;
  }
  const current = value['current'];
  return { current: typeof current === 'string' ? current : undefined, tokens };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
