import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { StartError } from './start-error.ts';

const KEY_BYTES = 32;

/** loadSecretKey takes the configured key, or reads the generated one, which is written once and readable by its owner only. */
export function loadSecretKey(file: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  try {
    return readSecretKey(file) ?? writeKey(file) ?? readSecretKey(file) ?? '';
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `The secret key "${file}" can't be used (${reason}): restore it from a backup or set SPT_FLOW_SECRET_KEY`,
      { cause },
    );
  }
}

/** readSecretKey reads the generated key; undefined: there is none yet. */
export function readSecretKey(file: string): string | undefined {
  try {
    const key = readFileSync(file, 'utf8').trim();
    if (key.length < KEY_BYTES) throw new Error('it is damaged');
    return key;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written aside and linked, so that who reads it reads all of it; undefined: another replica was faster. */
function writeKey(file: string): string | undefined {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const unfinished = `${file}.${randomBytes(8).toString('hex')}`;
  const descriptor = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(descriptor, `${key}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(unfinished, file);
    return key;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  } finally {
    unlinkSync(unfinished);
  }
}
