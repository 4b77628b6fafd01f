import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { variableOf } from '../src/core/settings.ts';
import { everyCommand, run } from './support/run.ts';

const HOME = '/nonexistent';

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

const PATHS = everyCommand(HOME).map(pathOf);

describe('help', () => {
  it.each(PATHS)('of "%s %s" is as agreed', async (...words) => {
    const args = words.filter((word) => typeof word === 'string');
    const { exitCode, stdout, stderr } = await run([...args, '--help'], { home: HOME });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`golden/${['spt-flow', ...args].join('-')}.txt`);
  });

  it('starts with examples for every command that does something', async () => {
    for (const command of everyCommand(HOME)) {
      if (command.commands.length > 0 && command.parent) continue;
      const { stdout } = await run([...pathOf(command), '--help'], { home: HOME });
      expect(stdout, pathOf(command).join(' ')).toMatch(/^Examples:\n {2}\S/);
    }
  });

  it('of the name alone is the first steps, which one screen shows', async () => {
    const { exitCode, stdout } = await run([], { home: HOME, tty: true });

    const lines = stdout.trimEnd().split('\n');
    expect({ exitCode, isOneScreen: lines.length < 24 }).toEqual({
      exitCode: 0,
      isOneScreen: true,
    });
    expect(stdout).toMatch(/First steps:\n {2}login/);
    expect(stdout).toContain('spt-flow --help lists all commands');
  });

  it('keeps to the width of the terminal', async () => {
    for (const command of everyCommand(HOME)) {
      const { stdout } = await run([...pathOf(command), '--help'], { home: HOME, tty: true });
      // Examples stay whole, to be copied.
      const text = stdout.slice(stdout.indexOf('Usage:'));
      const tooLong = text.split('\n').filter(({ length }) => length > 80);
      expect(tooLong, pathOf(command).join(' ')).toEqual([]);
    }
  });
});

describe('variables', () => {
  it('are derived from the options, dash to underscore', async () => {
    const names = everyCommand(HOME).flatMap(({ options }) => options.map(variableOf));

    const listed = `${[...new Set(names)].sort().join('\n')}\n`;
    await expect(listed).toMatchFileSnapshot('golden/variables.txt');
  });

  it('never collide with those of the server', () => {
    const names = everyCommand(HOME).flatMap(({ options }) => options.map(variableOf));

    expect(names.filter((name) => name.startsWith('SPT_FLOW_SERVER_'))).toEqual([]);
    expect(names).not.toContain('SPT_FLOW_TOKEN');
  });
});
