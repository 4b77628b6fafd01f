import { describe, expect, it } from 'vitest';
import { readLine } from './read-line.ts';

function read(text: string) {
  const { level, correlationId } = readLine({ source: 'app', level: 'info', text });
  return correlationId === undefined ? level : [level, correlationId];
}

describe('readLine', () => {
  it.each([
    ['{"level":50,"msg":"broke"}', 'error'],
    ['{"level":20,"msg":"x"}', 'debug'],
    ['{"level":"WARNING","message":"x"}', 'warn'],
    ['{"severity":"CRITICAL"}', 'error'],
    ['{"level":{"odd":true}}', 'info'],
    ['{"level":"constructor"}', 'info'],
    ['{"severity":"__proto__"}', 'info'],
    ['{not json', 'info'],
    ['[error] nginx said', 'error'],
    ['2026/11/21 09:00:00 [warn] 7#7: x', 'warn'],
    ['2026-11-21T09:00:00Z DEBUG starting', 'debug'],
    ['ERROR in ./src/index.ts', 'error'],
    ['error: cannot find module', 'error'],
    ['time=09:00 level=warn msg="slow"', 'warn'],
    ['error handling is fine', 'info'],
    ['listening on 3000', 'info'],
    ['GET /error: 200', 'info'],
  ])('takes the level of %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('is quick with lines of many digits, which apps may print without end', () => {
    const line = { source: 'app', level: 'info', text: `${'1'.repeat(100)} ${'1'.repeat(99)}` };
    for (let round = 0; round < 20_000; round += 1) readLine({ ...line, level: 'info' });

    expect(read(`${'1'.repeat(100)} ${'2'.repeat(80)} WARN full`)).toBe('warn');
  });

  it('leaves the level of a line that tells none', () => {
    expect(readLine({ source: 'app', level: 'warn', text: 'to stderr' }).level).toBe('warn');
    expect(readLine({ source: 'app', level: 'warn', text: 'INFO to stderr' }).level).toBe('info');
  });

  it.each([
    ['{"level":"info","correlationId":"request-12345"}', ['info', 'request-12345']],
    [
      '{"trace_id":"0af7651916cd43dd8448eb211c80319c"}',
      ['info', '0af7651916cd43dd8448eb211c80319c'],
    ],
    ['{"correlationId":"<script>"}', 'info'],
  ])('takes the correlation id of %s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('keeps the correlation id that its writer gave', () => {
    const line = { source: 'app', level: 'info', text: '{"trace_id":"of-the-text"}' } as const;

    expect(readLine({ ...line, correlationId: 'of-the-request' }).correlationId).toBe(
      'of-the-request',
    );
  });
});
