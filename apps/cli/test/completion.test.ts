import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { run } from './support/run.ts';

const HOME = '/nonexistent';

async function script(shell: string): Promise<string> {
  return (await run(['completion', shell], { home: HOME })).stdout;
}

async function completeInBash(words: readonly string[]): Promise<string[]> {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `${await script('bash')}
COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _spt_flow; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split('\n');
}

describe('completion', () => {
  it.each([
    [
      ['spt-flow', 'lo'],
      ['login', 'logs', 'logout'],
    ],
    [['spt-flow', 'up', '--re'], ['--repo-url']],
    [
      ['spt-flow', 'list', '--'],
      ['--output', '--server', '--help'],
    ],
    [['spt-flow', 'token', 'r'], ['revoke']],
    [
      ['spt-flow', 'completion', ''],
      ['bash', 'zsh', 'fish', '--server', '--help'],
    ],
    [['spt-flow', 'of-somebody-else', ''], ['']],
  ])('in bash of %j is %j', async (words, expected) => {
    expect(await completeInBash(words)).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish'])('for %s is as agreed', async (shell) => {
    await expect(await script(shell)).toMatchFileSnapshot(`golden/completion.${shell}`);
  });
});
