import { caller, dependency, type ErrorEntry } from './entry.ts';

/** BACKUP_ERRORS are those of the catalogue that come from copies of workspaces' files. */
export const BACKUP_ERRORS = {
  backup_unsupported: caller(
    409,
    'The files of this workspace are on a machine of your own, or on another server',
    'Back them up there, with the tools of that machine',
  ),
  backup_invalid: caller(422, 'The backup cannot be used', 'Use another backup'),
  backup_failed: dependency(
    502,
    'The files of the workspace could not be copied',
    'See the details and try again',
    'spt-flow logs <workspace>',
  ),
  copy_unfinished: caller(
    409,
    'The files of this workspace did not arrive completely',
    'Delete it, and clone or upload once more',
  ),
  restore_failed: dependency(
    502,
    'The restored workspace did not start; it has its files from before again',
    'See its logs, or restore another snapshot',
    'spt-flow logs <workspace>',
  ),
  snapshot_storage_failed: dependency(
    502,
    'The storage of snapshots does not do what it should',
    'Ask an admin to correct what is named, then try again',
  ),
} as const satisfies Record<string, ErrorEntry>;
