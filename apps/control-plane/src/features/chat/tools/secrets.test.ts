import { expect, it } from 'vitest';
import { findSecret, maskSecrets } from './secrets.ts';

it.each([
  [`sk-ant-${'x'.repeat(30)}`],
  [`ghp_${'a1'.repeat(18)}`],
  [`glpat-${'b'.repeat(20)}`],
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'],
])('maskSecrets removes every %s', (secret) => {
  const masked = maskSecrets(`first ${secret} then ${secret}.`);

  expect(masked).toBe('first [secret removed] then [secret removed].');
});

it('maskSecrets removes given values but not short ones', () => {
  expect(maskSecrets('pass hunter2hunter2 and no', ['hunter2hunter2', 'no'])).toBe(
    'pass [secret removed] and no',
  );
});

it('findSecret leaves ordinary text alone', () => {
  expect(findSecret('a task-list for my café, sk-8, commit 0123456789abcdef')).toBeNull();
});
