import { caller, type ErrorEntry } from './entry.ts';

/** HOST_ERRORS are about servers in whose container engines workspaces run. */
export const HOST_ERRORS = {
  host_refused: caller(
    409,
    'Who runs the server has not agreed to host containers',
    'On the server, run: sudo spt-flow-agent install --host-containers /var/run/docker.sock',
    'spt-flow server host <server>',
  ),
  host_in_use: caller(
    409,
    'The server hosts workspaces',
    'Delete the workspaces that it hosts, then take the hosting back',
    'spt-flow server unhost <server>',
  ),
} as const satisfies Record<string, ErrorEntry>;
