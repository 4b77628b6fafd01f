import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerCommands } from '../src/commands/all.ts';
import { createContext } from '../src/core/context.ts';
import { createProgram } from '../src/core/program.ts';
import type { CliIo } from '../src/core/io.ts';
import { variableOf } from '../src/core/settings.ts';
import { run } from './support/run.ts';

const HOME = '/nonexistent';
const io = { args: [], env: {}, home: HOME, newId: () => 'id' } as unknown as CliIo;

function everyCommand(): Command[] {
  const program = createProgram(io);
  registerCommands(program, createContext(io, program));
  return withChildren(program);
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

const PATHS = everyCommand().map(pathOf);

describe('help', () => {
  it.each(PATHS)('of "%s %s" is as agreed', async (...words) => {
    const args = words.filter((word) => typeof word === 'string');
    const { exitCode, stdout, stderr } = await run([...args, '--help'], { home: HOME });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`golden/${['spt-flow', ...args].join('-')}.txt`);
  });

  it('starts with examples for every command that does something', async () => {
    for (const command of everyCommand()) {
      if (command.commands.length > 0 && command.parent) continue;
      const { stdout } = await run([...pathOf(command), '--help'], { home: HOME });
      expect(stdout, pathOf(command).join(' ')).toMatch(/^Examples:\n {2}\S/);
    }
  });

  it('is what a call without words prints', async () => {
    const bare = await run([], { home: HOME });
    const asked = await run(['--help'], { home: HOME });

    expect(bare).toEqual(asked);
  });
});

describe('variables', () => {
  it('are derived from the options, dash to underscore', async () => {
    const names = everyCommand().flatMap(({ options }) => options.map(variableOf));

    const listed = `${[...new Set(names)].sort().join('\n')}\n`;
    await expect(listed).toMatchFileSnapshot('golden/variables.txt');
  });

  it('never collide with those of the server', () => {
    const names = everyCommand().flatMap(({ options }) => options.map(variableOf));

    expect(names.filter((name) => name.startsWith('SPT_FLOW_SERVER_'))).toEqual([]);
    expect(names).not.toContain('SPT_FLOW_TOKEN');
  });
});
