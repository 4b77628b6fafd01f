import { SESSION_COOKIES } from '../../plugins/authentication.ts';

/** Cookies of the control plane at a preview's host. */
export interface PreviewCookies {
  readonly session: string;
  /** Binds a code to the browser that asked for it. */
  readonly secret: string;
}

const SESSION = 'spt_flow_preview';
const SECRET = 'spt_flow_preview_secret';
/** Browsers take cookies of this name from the host itself only, so that no neighbour can plant one. */
const HOST_PREFIX = '__Host-';
const OWN = new Set([
  ...SESSION_COOKIES,
  ...[SESSION, SECRET].flatMap((name) => [name, HOST_PREFIX + name]),
]);
const SECRET_SECONDS = 300;

export function previewCookies(secure: boolean): PreviewCookies {
  const prefix = secure ? HOST_PREFIX : '';
  return { session: prefix + SESSION, secret: prefix + SECRET };
}

/** cookieValues returns every value of a name: a neighbour may have planted another one beside ours. */
export function cookieValues(header: string | undefined, name: string): string[] {
  if (header === undefined) return [];
  return header.split(';').flatMap((part) => {
    const pair = part.trim();
    return pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : [];
  });
}

/** withoutOwnCookies is what an app may see of a Cookie header. */
export function withoutOwnCookies(header: string): string {
  if (!header.includes('spt_flow_')) return header;
  const parts = header.split(';').map((part) => part.trim());
  return parts.filter((part) => part !== '' && !isOwnCookie(part)).join('; ');
}

/** isOwnCookie is true for a cookie that browsers send back as one of the control plane's: without a name its value is all of it. */
export function isOwnCookie(cookie: string): boolean {
  return OWN.has(
    cookie
      .replace(/^[\s=]+/, '')
      .split(/[=;]/, 1)[0]
      ?.trim() ?? '',
  );
}

export interface CookiePlace {
  readonly secure: boolean;
  readonly isFramed: boolean;
}

export function sessionCookies(token: string, place: CookiePlace): string[] {
  return setCookies(`${previewCookies(place.secure).session}=${token}`, place);
}

export function secretCookies(secret: string, place: CookiePlace): string[] {
  const pair = `${previewCookies(place.secure).secret}=${secret}; Max-Age=${SECRET_SECONDS}`;
  return setCookies(pair, place);
}

/** In a frame of another site's page browsers take a cookie only as that page's; no other page ever sends it. */
function setCookies(pair: string, { secure, isFramed }: CookiePlace): string[] {
  const cookie = `${pair}; Path=/; HttpOnly`;
  return [
    `${cookie}; SameSite=Lax${secure ? '; Secure' : ''}`,
    ...(isFramed ? [`${cookie}; SameSite=None; Secure; Partitioned`] : []),
  ];
}
