/** A slug is a host name label, because it is part of preview URLs. */
export const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A host name label of 63 characters also holds `65535--` before the name of a workspace, and `-50` after it. */
const SLUG_MAX_LENGTH = 63 - 7 - 3;
/** `<port>--<workspace>` names a forwarded port, so a slug never contains two dashes in a row. */
const DASHES = /-{2,}/g;

/** slugify turns a title into a host name label; "Café Zoë!" becomes "cafe-zoe". Empty results become `fallback`. */
export function slugify(title: string, fallback = 'project'): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(DASHES, '-')
    .slice(0, SLUG_MAX_LENGTH)
    .replace(/^-|-$/g, '');
  return slug === '' ? fallback : slug;
}

/** slugVariant appends a suffix for the nth attempt at a unique slug, inside the length limit. */
export function slugVariant(slug: string, attempt: number): string {
  return attempt === 0 ? slug : `${slug}-${attempt + 1}`;
}
