import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Option } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { healthRoutes } from '@spt-flow/shared/api/health';
import { applySettings, variableOf } from '../src/core/settings.ts';
import { everyCommand, makeHome, run } from './support/run.ts';
import { startTestServer, type TestServer } from './support/test-server.ts';

function freshCommands(): Command[] {
  return everyCommand().filter(({ commands }) => commands.length === 0);
}

const SAMPLES: Readonly<Record<string, { text: string; value: unknown }>> = {
  '--month': { text: '2026-11', value: '2026-11' },
  '--local': { text: '80:81', value: [{ bind: undefined, localPort: 80, port: 81 }] },
  '--remote': { text: '80:a:81', value: [{ remotePort: 80, host: 'a', port: 81 }] },
  '--listen-port': { text: '2300', value: 2_300 },
  '--for': { text: '17m', value: 17 },
  '--start': { text: '06:45', value: '06:45' },
  '--stop': { text: 'none', value: 'none' },
  '--days': { text: 'mon-wed', value: [1, 2, 3] },
  '--holidays': { text: '2026-12-25', value: ['2026-12-25'] },
  '--idle': { text: 'never', value: 0 },
  '--keep-days': { text: '30', value: 30 },
  '--dormant': { text: '30', value: 30 },
  '--delete': { text: 'default', value: 'default' },
  '--since': { text: '2026-11-21T09:00Z', value: '2026-11-21T09:00:00.000Z' },
  '--until': { text: '2026-11-21T10:00Z', value: '2026-11-21T10:00:00.000Z' },
  '--param': { text: 'size=large', value: { size: 'large' } },
  '--to': { text: '3', value: 3 },
  '--depth': { text: '3', value: 3 },
  '--size': { text: '3', value: 3 },
  '--nat-gateways': { text: '3', value: 3 },
  '--schedule': { text: 'mon 08:00-10:00', value: { hoursPerWeek: 2, hoursPerWorkday: 2 } },
  '--max-age': { text: '3', value: 3 },
  '--local-forward': { text: '80:a:81', value: ['80:a:81'] },
  '--remote-forward': { text: '80:a:81', value: ['80:a:81'] },
  '--dynamic-forward': { text: '1080', value: ['1080'] },
  '--ssh-option': { text: 'LogLevel=DEBUG', value: ['LogLevel=DEBUG'] },
};

/** A text that the option accepts and that is not its default, with what it must become. */
function sample(option: Option): { text: string; value: unknown } {
  if (option.negate) return { text: 'true', value: false };
  if (option.isBoolean()) return { text: 'true', value: true };
  const other = option.argChoices?.find((choice) => choice !== option.defaultValue);
  if (other !== undefined) return { text: other, value: other };
  const known = SAMPLES[option.long ?? ''];
  if (known) return known;
  if (typeof option.defaultValue === 'number') return { text: '17', value: 17 };
  return { text: 'given', value: 'given' };
}

const EVERY_OPTION = freshCommands().flatMap((command, index) => {
  const owners = [
    command,
    ...(command.parent ? [command.parent] : []),
    ...(command.parent?.parent ? [command.parent.parent] : []),
  ];
  return owners.flatMap((owner) =>
    owner.options.map((option) => ({
      index,
      verb: command.name(),
      flag: option.long ?? '',
      option,
    })),
  );
});

describe('every option', () => {
  it.each(EVERY_OPTION)('$verb $flag is set by its variable', ({ index, option }) => {
    const command = freshCommands()[index];
    const { text, value } = sample(option);

    if (command) applySettings(command, { env: { [variableOf(option)]: text }, preferences: {} });

    expect(command?.optsWithGlobals()[option.attributeName()]).toEqual(value);
  });

  it('exists in a number that shows the walk is not empty', () => {
    expect(EVERY_OPTION.length).toBeGreaterThan(30);
  });
});

describe('precedence', () => {
  let server: TestServer;
  let home: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    server = await startTestServer();
    server.on(healthRoutes.version, () => ({ version: '0.1.0' }));
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    ({ home, remove } = await makeHome());
  });
  afterEach(() => remove());

  const JSON_START = /^\{/;
  const TEXT_START = /^spt-flow 0/;

  it.each([
    { flag: 'json', variable: 'text', file: 'text', expected: JSON_START },
    { flag: 'text', variable: 'json', file: 'json', expected: TEXT_START },
    { flag: undefined, variable: 'json', file: 'text', expected: JSON_START },
    { flag: undefined, variable: 'text', file: 'json', expected: TEXT_START },
    { flag: undefined, variable: undefined, file: 'json', expected: JSON_START },
    { flag: undefined, variable: '', file: 'json', expected: JSON_START },
    { flag: undefined, variable: undefined, file: undefined, expected: TEXT_START },
  ])('flag $flag, variable $variable, file $file', async ({ flag, variable, file, expected }) => {
    if (file) await writeFile(path.join(home, '.spt-flow.yaml'), `output: ${file}\n`);
    const env = {
      SPT_FLOW_SERVER: server.url,
      ...(variable !== undefined && { SPT_FLOW_OUTPUT: variable }),
    };

    const { stdout } = await run(['version', ...(flag ? ['--output', flag] : [])], { home, env });

    expect(stdout).toMatch(expected);
  });

  it('holds for the server too, before and after the verb', async () => {
    await writeFile(path.join(home, '.spt-flow.yaml'), 'server: http://file.invalid\n');
    const env = { SPT_FLOW_SERVER: 'http://variable.invalid' };

    const before = await run(['--server', server.url, 'version'], { home, env });
    const after = await run(['version', '--server', server.url], { home, env });

    expect(before.stdout).toBe(`spt-flow 0.1.0\nserver 0.1.0 at ${server.url}\n`);
    expect(after.stdout).toBe(before.stdout);
  });

  it.each([
    ['SPT_FLOW_OUTPUT', 'xml', /SPT_FLOW_OUTPUT is not valid/],
    ['SPT_FLOW_SERVER', 'ftp://x', /must be an http or https URL/],
    ['SPT_FLOW_SERVER', 'https://me:secret@flow.example.com', /without user and password/],
  ])('%s=%s is refused as wrong usage', async (name, value, message) => {
    const { exitCode, stderr } = await run(['version'], { home, env: { [name]: value } });

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('secret');
  });

  it.each([
    ['output: xml', /'output'/],
    ['token: abc', /token/],
    ['yes: true', /yes/],
    ['server: [', /not valid/],
    ['- a list', /not valid/],
    ['browser: perhaps', /'browser'/],
  ])('a preferences file with "%s" is refused by name', async (text, message) => {
    await writeFile(path.join(home, '.spt-flow.yaml'), text);

    const { exitCode, stderr } = await run(['version'], { home });

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/~\/\.spt-flow\.yaml is not valid/);
    expect(stderr).toMatch(message);
  });

  it('treats an empty preferences file as none', async () => {
    await writeFile(path.join(home, '.spt-flow.yaml'), '# nothing yet\n');

    const { exitCode } = await run(['version', '--server', server.url], { home });

    expect(exitCode).toBe(0);
  });
});
