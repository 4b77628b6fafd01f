import { describe, expect, it } from 'vitest';
import { isExposed, normalizeServerUrl } from './server-url.ts';

describe('normalizeServerUrl', () => {
  it.each([
    ['https://flow.example.com/', 'https://flow.example.com'],
    ['https://flow.example.com:443/login?x=1#y', 'https://flow.example.com'],
    ['http://LOCALHOST:8080', 'http://localhost:8080'],
  ])('of %s is %s', (text, expected) => {
    expect(normalizeServerUrl(text)).toBe(expected);
  });

  it.each([
    '',
    'flow.example.com',
    'ftp://x',
    'file:///etc',
    'javascript:1',
    'https://me@x',
    'https://:p@x',
  ])('refuses %j', (text) => {
    expect(() => normalizeServerUrl(text)).toThrow('must be an http or https URL');
  });
});

describe('isExposed', () => {
  it.each([
    ['https://flow.example.com', false],
    ['http://flow.example.com', true],
    ['http://192.168.0.2:8080', true],
    ['http://localhost.example.com', true],
    ['http://localhost:8080', false],
    ['http://flow.localhost', false],
    ['http://127.0.0.1', false],
    ['http://[::1]:8080', false],
  ])('of %s is %s', (url, expected) => {
    expect(isExposed(url)).toBe(expected);
  });
});
