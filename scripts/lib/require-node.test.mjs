import { expect, it } from 'vitest';
import { isAtLeast } from './require-node.mjs';

it.each([
  ['20.19.0', true],
  ['20.20.2', true],
  ['22.0.0', true],
  ['20.18.3', false],
  ['18.20.8', false],
  ['8.17.0', false],
])('Node %s is new enough: %s', (version, expected) => {
  expect(isAtLeast(version, '20.19')).toBe(expected);
});
