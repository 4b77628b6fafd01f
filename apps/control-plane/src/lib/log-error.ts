import { stdSerializers } from 'pino';

/** A statement that failed, as the database's client tells it: with all values that it was run with. */
interface FailedStatement extends Error {
  readonly params: readonly unknown[];
}

/** logError is how an error is written to the log: without the values of statements, which are what people wrote. */
export function logError(error: Error): object {
  const { params: _, ...written } = stdSerializers.err(error);
  const statement = failedStatementIn(error);
  if (!statement) return written;
  const values = `\nparams: ${String(statement.params)}`;
  const { message, stack } = written;
  return {
    ...written,
    message: message.replaceAll(values, ''),
    stack: stack.replaceAll(values, ''),
  };
}

function failedStatementIn(error: unknown): FailedStatement | undefined {
  if (!(error instanceof Error)) return undefined;
  return isFailedStatement(error) ? error : failedStatementIn(error.cause);
}

function isFailedStatement(error: Error): error is FailedStatement {
  return 'query' in error && 'params' in error && Array.isArray(error.params);
}
