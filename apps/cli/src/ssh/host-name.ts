import { SSH_HOST_SUFFIX } from '@spt-flow/shared/api/ssh';
import { usageError } from '../core/errors.ts';
import { plain } from '../core/text.ts';

/** What is a name of a host and a file, and nothing that ssh or a shell reads in another way. */
const HANDLE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** hostNameOf is what ssh calls a workspace. */
export function hostNameOf(handle: string): string {
  if (!HANDLE.test(handle)) throw notAName(handle);
  return `${handle}${SSH_HOST_SUFFIX}`;
}

/** handleOf is the workspace that ssh means. */
export function handleOf(hostName: string): string {
  const handle = hostName.toLowerCase().replace(new RegExp(`\\${SSH_HOST_SUFFIX}$`), '');
  if (!HANDLE.test(handle)) throw notAName(hostName);
  return handle;
}

function notAName(text: string) {
  return usageError(
    `'${plain(text).slice(0, 100)}' is not the name of a workspace`,
    'spt-flow list',
  );
}
