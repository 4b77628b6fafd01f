import { expect, it } from 'vitest';
import { bypassesProxy } from './proxy.ts';

it.each([
  ['https://flow.example.com', '', false],
  ['https://flow.example.com', '*', true],
  ['https://flow.example.com', 'flow.example.com', true],
  ['https://flow.example.com', 'example.com', true],
  ['https://flow.example.com', '.Example.com', true],
  ['https://flow.example.com', '*.example.com', true],
  ['https://flow.example.com', 'other.org, example.com', true],
  ['https://flow.example.com', 'other.org example.com', true],
  ['https://flow.example.com', 'flow', false],
  ['https://flow.example.com', 'ample.com', false],
  ['https://flow.example.com', 'example.com:443', true],
  ['https://flow.example.com', 'example.com:8443', false],
  ['https://flow.example.com:8443', 'example.com:8443', true],
  ['https://10.0.0.1', '10.0.0.1', true],
  ['https://10.0.0.1', ',,', false],
])('%s is exempt by "%s": %s', (url, noProxy, expected) => {
  expect(bypassesProxy(new URL(url), noProxy)).toBe(expected);
});
