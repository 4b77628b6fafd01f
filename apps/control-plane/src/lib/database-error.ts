import { isConnectionError } from '@spt-flow/db/connection-error';
import type { ErrorCode } from '@spt-flow/shared/domain/errors';

export { isConnectionError };

/** SQLSTATE classes of what is wrong with the rows themselves: data exception, integrity constraint violation. */
const ROWS_FAULT = /^(22|23)[0-9A-Z]{3}$/;

/** Codes of the system and of PostgreSQL that mean the same wherever they come from. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  // Of PostgreSQL: disk full, out of memory.
  '53100': 'disk_full',
  '53200': 'database_unavailable',
  // Read-only, as after it was replaced by its copy; a statement that was ended, a lock that was not had in time.
  '25006': 'database_unavailable',
  '57014': 'database_unavailable',
  '55P03': 'database_unavailable',
  // Two at the same things in another order.
  '40001': 'conflict',
  '40P01': 'conflict',
};

/** failureCodeOf is what people are told of a failure of the disk or the database; undefined: it is something else. */
export function failureCodeOf(error: unknown): ErrorCode | undefined {
  if (isConnectionError(error)) return 'database_unavailable';
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? CODES[String(error.code)] : undefined;
  return code ?? failureCodeOf(error.cause);
}

/** isRowsFault tells rows that the database refuses, whoever sends them and when, from a database that can't be used now. */
export function isRowsFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return ROWS_FAULT.test(code) || isRowsFault(error.cause);
}
