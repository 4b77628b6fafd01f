import { describe, expect, it } from 'vitest';
import { describeCommand, processName } from './process-name.ts';

describe('describeCommand', () => {
  it.each([
    [['/usr/bin/node', 'server.mjs'], 'node server.mjs'],
    [['node', '--inspect', '/workspace/node_modules/.bin/vite', '--host'], 'node vite'],
    [['python3', '-m', 'http.server', '8000'], 'python3 http.server'],
    [['/usr/sbin/nginx'], 'nginx'],
    [['npm run dev'], 'npm run dev'],
    [['redis-server', 'hunter2'], 'redis-server'],
    [['curl', 'https://user:hunter2@example.com/'], 'curl'],
    [['db', '--password', 'hunter.2'], 'db'],
    [['node', '-e', 'listen(3000)'], 'node'],
    [[], undefined],
  ])('calls %j %j', (words, name) => {
    expect(describeCommand(words)).toBe(name);
  });

  it('keeps a name short', () => {
    expect(describeCommand(['x'.repeat(500)])).toHaveLength(64);
  });
});

describe('processName', () => {
  it('is undefined for a process that does not exist', () => {
    expect(processName(2 ** 22 + 1)).toBeUndefined();
  });
});
