import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { logError } from '../../src/lib/log-error.ts';
import { useDatabases } from '../support/database.ts';

const newDatabase = useDatabases();

it('a failed statement is logged without the values that it was run with', async () => {
  const { db } = await newDatabase();
  const lines: string[] = [];
  const logger = pino({ serializers: { err: logError } }, { write: (line) => lines.push(line) });
  const written = 'my secret\n$& words';

  for (const value of [written, 1]) {
    const failure = await db
      .execute(sql`select ${value}::text, ${written}::text from no_such_table`)
      .catch((error: unknown) => error);
    logger.error({ err: failure }, 'failed');
    logger.error({ err: new AppError('internal', undefined, { cause: failure }) }, 'failed');
  }

  expect(lines).toHaveLength(4);
  for (const line of lines) {
    expect(line).toContain('no_such_table');
    expect(line).toContain('at ');
    expect(line).not.toContain('secret');
    expect(line).not.toContain('$& words');
  }
});

it('other errors are logged as they are', () => {
  const error = Object.assign(new Error('broke', { cause: new Error('because') }), { code: 'E1' });

  expect(logError(error)).toMatchObject({ type: 'Error', message: 'broke: because', code: 'E1' });
});
