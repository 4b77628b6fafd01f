export { isConnectionError } from '@spt-flow/db/connection-error';

/** SQLSTATE classes of what is wrong with the rows themselves: data exception, integrity constraint violation. */
const ROWS_FAULT = /^(22|23)[0-9A-Z]{3}$/;

/** isRowsFault tells rows that the database refuses, whoever sends them and when, from a database that can't be used now. */
export function isRowsFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return ROWS_FAULT.test(code) || isRowsFault(error.cause);
}
