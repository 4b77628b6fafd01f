/** localPathOf accepts only paths of this site, so that a link cannot send people elsewhere after they signed in. */
export function localPathOf(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : '/';
}
