import { SLUG_PATTERN } from './slug.ts';

/** PreviewLabel is what the first label of a preview's host name says: the app of a project, or a port of a workspace, by its label there. */
export type PreviewLabel =
  | { readonly kind: 'app'; readonly slug: string }
  | { readonly kind: 'port'; readonly port: number; readonly workspace: string };

const SEPARATOR = '--';
const MAX_PORT = 65_535;

/** portLabel names a port of a workspace as a host does: `3000--cafe`. `workspace` is its host label. */
export function portLabel(port: number, workspace: string): string {
  return `${port}${SEPARATOR}${workspace}`;
}

/** parsePreviewLabel accepts one spelling only of each port; undefined: no preview is called like that. */
export function parsePreviewLabel(label: string): PreviewLabel | undefined {
  if (!SLUG_PATTERN.test(label)) return undefined;
  const at = label.indexOf(SEPARATOR);
  if (at === -1) return { kind: 'app', slug: label };
  const digits = label.slice(0, at);
  const workspace = label.slice(at + SEPARATOR.length);
  const port = Number(digits);
  const isPort = /^[1-9]\d{0,4}$/.test(digits) && port <= MAX_PORT;
  return isPort && SLUG_PATTERN.test(workspace) ? { kind: 'port', port, workspace } : undefined;
}
