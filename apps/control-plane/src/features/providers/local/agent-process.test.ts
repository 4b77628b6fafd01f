import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { startAgentProcess } from './agent-process.ts';

function start(script: string) {
  return startAgentProcess({
    program: '/bin/bash',
    args: ['--norc', '-c', script],
    cwd: tmpdir(),
    env: {},
    config: { TOKEN: 'secret' },
    tellsWhenBound: true,
  });
}

describe('an agent that tells when it is bound to its parent', () => {
  it('is given its configuration not before', async () => {
    const { ended } = await start(
      'read -t 0.5 && exit 3; echo bound >&3; read config; echo "$config"; exit 4',
    );

    expect(await ended).toBe('The agent ended with exit code 4: {"TOKEN":"secret"}');
  });

  it('is not waited for when it ends before', async () => {
    const { ended } = await start('exit 5');

    expect(await ended).toMatch(/ended with exit code 5/);
  });
});
