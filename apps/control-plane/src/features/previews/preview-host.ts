import { isIP } from 'node:net';
import { SLUG_PATTERN } from '@spt-flow/shared/domain/slug';

/** Whom a request is for, by its Host header. */
export type HostTarget =
  | { readonly kind: 'own' }
  | { readonly kind: 'preview'; readonly slug: string }
  | { readonly kind: 'unknown' };

export interface HostNames {
  readonly previewDomain: string;
  /** As people reach the control plane, when it has a name of its own. */
  readonly publicUrl?: string | undefined;
}

const OWN: HostTarget = { kind: 'own' };
const UNKNOWN: HostTarget = { kind: 'unknown' };

/**
 * hostTargetOf accepts only names that are ours. A foreign name that resolves here is how a web page reads from
 * a server that trusts its network (DNS rebinding); an address can't be rebound, so addresses are fine.
 */
export function hostTargetOf(host: string | undefined, names: HostNames): HostTarget {
  if (host === undefined) return OWN;
  const name = nameOf(host);
  if (name === undefined) return UNKNOWN;
  const suffix = `.${names.previewDomain}`;
  if (name.endsWith(suffix)) return previewOf(name.slice(0, -suffix.length));
  if (name === 'localhost' || isIP(name) !== 0) return OWN;
  return name === publicName(names.publicUrl) ? OWN : UNKNOWN;
}

/** Any one label is answered by the preview pages, so that a mistyped address gets a page that explains itself. */
function previewOf(label: string): HostTarget {
  return SLUG_PATTERN.test(label) ? { kind: 'preview', slug: label } : UNKNOWN;
}

/** Lower case, without port and without the brackets of an IPv6 address. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+?))\.?(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function publicName(publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : nameOf(new URL(publicUrl).host);
}
