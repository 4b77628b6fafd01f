import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { INFRA_PATTERNS } from '@spt-flow/shared/domain/infra-cost';
import { run } from './support/run.ts';

const HOME = '/nonexistent';
const DOCUMENT = new URL('../../../docs/infrastructure/cost.md', import.meta.url);

function cost(...args: string[]) {
  return run(['infra', 'cost', ...args], { home: HOME });
}

describe('spt-flow infra cost', () => {
  it.each(INFRA_PATTERNS)('prints the table of the documentation for %s', async (pattern) => {
    const { exitCode, stdout } = await cost('--pattern', pattern, '--workspaces', '40');

    expect(exitCode).toBe(0);
    expect(await readFile(DOCUMENT, 'utf8')).toContain(
      `<!-- cost ${pattern} -->\n\n\`\`\`text\n${stdout}\`\`\`\n\n<!-- end -->`,
    );
  });

  it('asks no server and prints numbers for programs', async () => {
    const { stdout } = await run(['infra', 'cost', '--pattern', 'sr-ha', '--output', 'json'], {
      home: HOME,
      fetch: () => Promise.reject(new Error('asked a server')),
    });

    expect(JSON.parse(stdout)).toMatchObject({ pattern: 'sr-ha', workspaceNodes: 8 });
  });

  it('counts the hours that are given', async () => {
    const args = ['--pattern', 'sr-ha', '--schedule', 'mon-sun 08:00-20:00', '--output', 'json'];
    const { stdout } = await cost(...args);

    expect(JSON.parse(stdout)).toMatchObject({
      hoursPerMonth: { scheduled: expect.closeTo(365, 6) },
    });
  });

  it.each([
    { args: [], says: '--pattern' },
    { args: ['--pattern', 'huge'], says: 'sr-simple' },
    { args: ['--pattern', 'sr-ha', '--schedule', 'always'], says: 'mon-fri 06:45-18:15' },
    { args: ['--pattern', 'sr-ha', '--schedule', 'mon-fri 18:00-06:00'], says: 'end after' },
    { args: ['--pattern', 'sr-ha', '--spot-discount', '101'], says: '0 to 95' },
    { args: ['--pattern', 'sr-ha', '--workspaces', '-1'], says: 'whole number' },
  ])('refuses $args and says what fits', async ({ args, says }) => {
    const { exitCode, stderr } = await cost(...args);

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(says) });
  });
});
