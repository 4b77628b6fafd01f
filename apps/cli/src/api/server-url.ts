import { usageError } from '../core/errors.ts';

export const DEFAULT_SERVER_URL = 'http://localhost:8080';

/** normalizeServerUrl returns the origin that credentials are kept for. */
export function normalizeServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const valid =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '';
  if (!valid) {
    throw usageError(
      'The server must be an http or https URL without user and password',
      'spt-flow login --server https://flow.example.com',
    );
  }
  return url.origin;
}

/** isExposed is true where a token would cross a network in the clear. */
export function isExposed(serverUrl: string): boolean {
  const { protocol, hostname } = new URL(serverUrl);
  if (protocol === 'https:') return false;
  return !(
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    hostname.startsWith('127.')
  );
}
