import { expect, it } from 'vitest';
import { redact } from './redact.ts';

it.each([
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [hidden]'],
  ['{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"Basic [hidden]"}'],
  ['sent bearer eyJhbGciOiJIUzI1NiJ9.x.y', 'sent bearer [hidden]'],
  ['postgres://app:s3cret@db:5432/app', 'postgres://app:[hidden]@db:5432/app'],
  [`token sptf_api_${'a'.repeat(43)} used`, 'token [hidden] used'],
  [`ghp_${'A1'.repeat(18)}`, '[hidden]'],
  ['key AKIAIOSFODNN7EXAMPLE.', 'key [hidden].'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----MIIE', '[hidden]'],
  ['http://localhost:3000/a@b', 'http://localhost:3000/a@b'],
  ['the bearer of this', 'the bearer of this'],
  ['listening on 3000', 'listening on 3000'],
])('redact of %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});
