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
  it('are derived from the options, dash to underscore', () => {
    const names = everyCommand().flatMap(({ options }) => options.map(variableOf));

    expect([...new Set(names)].sort()).toMatchInlineSnapshot(`
      [
        "SPT_FLOW_AGENT_SOCKET",
        "SPT_FLOW_ALL",
        "SPT_FLOW_BRANCH",
        "SPT_FLOW_CLEAR",
        "SPT_FLOW_DAYS",
        "SPT_FLOW_DEPTH",
        "SPT_FLOW_DRY_RUN",
        "SPT_FLOW_DYNAMIC_FORWARD",
        "SPT_FLOW_END",
        "SPT_FLOW_EXPIRES_IN_DAYS",
        "SPT_FLOW_FILE",
        "SPT_FLOW_FOLLOW",
        "SPT_FLOW_FOR",
        "SPT_FLOW_FORCE",
        "SPT_FLOW_FORWARD_AGENT",
        "SPT_FLOW_FORWARD_ONLY",
        "SPT_FLOW_HOLIDAYS",
        "SPT_FLOW_IDLE",
        "SPT_FLOW_INSTALL_SCRIPT",
        "SPT_FLOW_LEVEL",
        "SPT_FLOW_LINES",
        "SPT_FLOW_LOCAL",
        "SPT_FLOW_LOCAL_FORWARD",
        "SPT_FLOW_LOGIN_USER",
        "SPT_FLOW_MAX_AGE",
        "SPT_FLOW_MESSAGE",
        "SPT_FLOW_NAME",
        "SPT_FLOW_NO_BROWSER",
        "SPT_FLOW_NO_SUBMODULES",
        "SPT_FLOW_NO_WAIT",
        "SPT_FLOW_OUTPUT",
        "SPT_FLOW_PARAM",
        "SPT_FLOW_PARTIAL",
        "SPT_FLOW_PRESET",
        "SPT_FLOW_PROJECT",
        "SPT_FLOW_PROMOTE",
        "SPT_FLOW_REMOTE",
        "SPT_FLOW_REMOTE_FORWARD",
        "SPT_FLOW_REMOVE",
        "SPT_FLOW_REPLACE",
        "SPT_FLOW_REPO_URL",
        "SPT_FLOW_SCOPE",
        "SPT_FLOW_SERVER",
        "SPT_FLOW_SIZE",
        "SPT_FLOW_SOURCE",
        "SPT_FLOW_SPAN",
        "SPT_FLOW_SSH_OPTION",
        "SPT_FLOW_START",
        "SPT_FLOW_STOP",
        "SPT_FLOW_TEMPLATE",
        "SPT_FLOW_TIME_ZONE",
        "SPT_FLOW_TO",
        "SPT_FLOW_UNDO",
        "SPT_FLOW_USERNAME",
        "SPT_FLOW_WITH_TOKEN",
        "SPT_FLOW_YES",
      ]
    `);
  });

  it('never collide with those of the server', () => {
    const names = everyCommand().flatMap(({ options }) => options.map(variableOf));

    expect(names.filter((name) => name.startsWith('SPT_FLOW_SERVER_'))).toEqual([]);
    expect(names).not.toContain('SPT_FLOW_TOKEN');
  });
});
