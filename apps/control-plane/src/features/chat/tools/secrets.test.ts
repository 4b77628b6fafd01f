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
  const known = [
    { name: 'DB_PASSWORD', value: 'hunter2hunter2' },
    { name: 'SHORT', value: 'no' },
  ];
  expect(maskSecrets('pass hunter2hunter2 and no', known)).toBe('pass [DB_PASSWORD] and no');
});

it('findSecret leaves ordinary text alone', () => {
  expect(findSecret('a task-list for my café, sk-8, commit 0123456789abcdef')).toBeNull();
});

it.each([
  ['beginnings of keys without an end', '-----BEGIN PRIVATE KEY-----'.repeat(40_000)],
  ['beginnings of tokens without an end', 'eyJ-'.repeat(250_000)],
])('findSecret and maskSecrets look once at %s, which an app may print', (_case, text) => {
  expect(findSecret(text)).toBeNull();
  expect(maskSecrets(text)).toBe(text);
});

it('maskSecrets finds a token after characters that are none of its own', () => {
  const token = `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`;
  expect(maskSecrets(`token=${token}`)).toBe('token=[secret removed]');
});
