import { isIP } from 'node:net';
import { parsePreviewLabel, type PreviewLabel } from '@spt-flow/shared/domain/preview-label';

/** Whom a request is for, by its Host header. */
export type HostTarget =
  | { readonly kind: 'own' }
  | { readonly kind: 'preview'; readonly label: string; readonly preview: PreviewLabel }
  /** Not one of ours; an app may answer there. */
  | { readonly kind: 'foreign'; readonly name: string }
  | { readonly kind: 'unknown' };

export interface HostNames {
  readonly previewDomain: string;
  /** As people reach the control plane. */
  readonly publicUrl: string;
}

const OWN: HostTarget = { kind: 'own' };
const UNKNOWN: HostTarget = { kind: 'unknown' };
const MAX_REMEMBERED = 1000;
/** A name of the DNS with a dot and a port. */
const MAX_HOST_CHARACTERS = 253 + 1 + 6;

/** createHostTargets remembers what hosts stand for: every request asks, and there are few of them. */
export function createHostTargets(names: HostNames): (host: string | undefined) => HostTarget {
  const known = new Map<string, HostTarget>();
  return (host) => {
    if (host === undefined) return OWN;
    if (host.length > MAX_HOST_CHARACTERS) return UNKNOWN;
    const remembered = known.get(host);
    if (remembered) return remembered;
    const target = hostTargetOf(host, names);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(host, target);
    return target;
  };
}

/**
 * hostTargetOf takes only names that are ours for ours. A foreign name that resolves here is how a web page reads from
 * a server that trusts its network (DNS rebinding); an address can't be rebound, so addresses are fine.
 */
function hostTargetOf(host: string, names: HostNames): HostTarget {
  const name = nameOf(host);
  if (name === undefined) return UNKNOWN;
  const suffix = `.${names.previewDomain}`;
  if (name.endsWith(suffix)) return previewOf(name.slice(0, -suffix.length));
  if (name === 'localhost' || isIP(name) !== 0) return OWN;
  return name === nameOf(new URL(names.publicUrl).host) ? OWN : { kind: 'foreign', name };
}

/** Any name a preview can have is answered by the preview pages, so that a mistyped address gets a page that explains itself. */
function previewOf(label: string): HostTarget {
  const preview = parsePreviewLabel(label);
  return preview ? { kind: 'preview', label, preview } : UNKNOWN;
}

/** Lower case, without port and without the brackets of an IPv6 address. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+?))\.?(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
