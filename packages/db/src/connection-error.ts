import { DrizzleQueryError } from 'drizzle-orm';

/** Codes of the system and of PostgreSQL for a connection that could not be made, was refused or ended. */
const CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT'],
  ...['53300', '57P01', '57P02', '57P03'],
]);
/** The driver has no codes for what it finds itself. */
const WORDS = /^(Connection terminated|Client (has encountered|was closed)|timeout exceeded when)/;

/** isConnectionError tells a query that failed because the server could not be reached from one that it refused. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof DrizzleQueryError) || !(error.cause instanceof Error)) return false;
  const { cause } = error;
  return ('code' in cause && CODES.has(String(cause.code))) || WORDS.test(cause.message);
}
