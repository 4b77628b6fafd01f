import { allowInsecureRequests, type Configuration } from 'openid-client';

/** unencryptedTo is what lets the library ask over http, which the settings permit on this machine only. */
export function unencryptedTo(url: string): ((configuration: Configuration) => void)[] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the library calls it so for it to stand out
  return url.startsWith('http:') ? [allowInsecureRequests] : [];
}
