import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Older deliveries are somebody's recording. */
const MAX_AGE_SECONDS = 300;
const SIGNATURE_VERSION = 'v1';
/** While a key is changed there are two; strangers could send thousands. */
const MAX_SIGNATURES = 4;

export interface HookKeys {
  /** What GitLab sends along as it is. */
  readonly token: string;
  /** What newer versions of it sign with. */
  readonly signingToken: string;
}

/** HookHeaders are those of a delivery, as far as they prove something. */
export interface HookHeaders {
  readonly token: string | undefined;
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** createHookKeys gives each project keys of its own: who learns those of one can't speak for another. */
export function createHookKeys(secret: string): (projectId: string) => HookKeys {
  return (projectId) => {
    const derive = (purpose: string) =>
      Buffer.from(hkdfSync('sha256', secret, projectId, `spt-flow/gitlab-hook/${purpose}`, 32));
    return {
      token: derive('token').toString('base64url'),
      signingToken: `whsec_${derive('signature').toString('base64')}`,
    };
  };
}

/** verifyHook returns how a delivery proved itself; undefined: it did not. */
export function verifyHook(
  keys: HookKeys,
  delivery: { readonly headers: HookHeaders; readonly body: Buffer; readonly now: Date },
): 'signature' | 'token' | undefined {
  const { headers, body, now } = delivery;
  if (headers.signature !== undefined)
    return isSigned(keys, { headers, body, now }) ? 'signature' : undefined;
  return headers.token !== undefined && isSame(headers.token, keys.token) ? 'token' : undefined;
}

function isSigned(
  { signingToken }: HookKeys,
  { headers, body, now }: { headers: HookHeaders; body: Buffer; now: Date },
): boolean {
  const { id = '', timestamp = '', signature = '' } = headers;
  const ageSeconds = Math.abs(now.getTime() / 1000 - Number(timestamp));
  if (!/^\d{1,12}$/.test(timestamp) || ageSeconds > MAX_AGE_SECONDS) return false;
  const key = Buffer.from(signingToken.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  const wanted = `${SIGNATURE_VERSION},${expected.digest('base64')}`;
  return signature.split(' ', MAX_SIGNATURES).some((given) => isSame(given, wanted));
}

/** Of equal length first, so that the time tells nothing about the text. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
