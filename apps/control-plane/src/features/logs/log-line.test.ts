import { describe, expect, it } from 'vitest';
import { toStoredLine } from './log-line.ts';

const NOW = new Date('2026-11-21T09:00:00Z');

describe('toStoredLine', () => {
  it('keeps an ordinary line as it is', () => {
    const line = { source: 'app', level: 'info', text: 'ready', at: NOW.getTime() - 5 } as const;

    expect(toStoredLine(line, NOW)).toEqual({
      source: 'app',
      level: 'info',
      text: 'ready',
      at: new Date(NOW.getTime() - 5),
      correlationId: null,
      spooled: undefined,
    });
  });

  it('replaces NUL in every text field', () => {
    const stored = toStoredLine(
      { source: 'a\0b', level: 'warn', text: '\0x\0', correlationId: 'id\0' },
      NOW,
    );

    expect([stored.source, stored.text, stored.correlationId]).toEqual(['a�b', '�x�', 'id�']);
  });

  it('cuts long text to 8,192 characters and marks the cut', () => {
    const { text } = toStoredLine({ source: 'app', level: 'info', text: 'x'.repeat(100_000) }, NOW);

    expect(text).toHaveLength(8_192);
    expect(text.endsWith('x…')).toBe(true);
  });

  it('is no row of marks that browsers draw for minutes', () => {
    const line = { source: 'app', level: 'info', text: `a${'\u0301'.repeat(8_000)}b` } as const;

    expect(toStoredLine(line, NOW).text).toBe(`a${'\u0301'.repeat(8)}b`);
  });

  it('never cuts a character in half', () => {
    const { text } = toStoredLine(
      { source: 'app', level: 'info', text: `${'x'.repeat(8_190)}😀😀` },
      NOW,
    );

    expect(text).toBe(`${'x'.repeat(8_190)}…`);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, 0, NOW.getTime() + 3_600_000])(
    'takes the own time when the writer says %s',
    (at) => {
      expect(toStoredLine({ source: 'app', level: 'info', text: '', at }, NOW).at).toEqual(NOW);
    },
  );
});
