import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkspaceEnvironment } from './workspace-environment.ts';

const STATE = '/var/lib/agent';
let directory: string;
let inherited: Record<string, string>;
let complaints: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spt-flow-environment-'));
  inherited = { XDG_RUNTIME_DIR: directory, COLOUR: 'red' };
  complaints = [];
});
afterEach(() => rm(directory, { recursive: true }));

function open() {
  return openWorkspaceEnvironment(STATE, inherited, (_level, text) => void complaints.push(text));
}

async function fileOf(): Promise<string> {
  const [name = ''] = await readdir(directory);
  return join(directory, name, 'environment.json');
}

it('what was added is there for the next agent of the same process, over what it inherited', async () => {
  const first = await open();
  expect(first.environment).toMatchObject({ COLOUR: 'red', SPT_FLOW_STATE_DIR: STATE });
  await first.keep({ COLOUR: 'blue' });
  await first.keep({ SIZE: 'large' });

  expect((await open()).environment).toMatchObject({ COLOUR: 'blue', SIZE: 'large' });
});

it('what was added before the workspace was started anew is gone', async () => {
  await (await open()).keep({ COLOUR: 'blue' });
  const text = await readFile(await fileOf(), 'utf8');
  await writeFile(await fileOf(), text.replace(/"keeper":\d+/, '"keeper":1'));

  expect((await open()).environment).toMatchObject({ COLOUR: 'red' });
});

it.each(['{', '{"keeper":"x"}'])('a file of %s is no obstacle, and told of', async (text) => {
  await (await open()).keep({});
  await writeFile(await fileOf(), text);

  expect((await open()).environment).toMatchObject({ COLOUR: 'red' });
  expect(complaints).toEqual([expect.stringContaining('ends with this agent')]);
});

it('leaves the mark alone that the control plane gave', async () => {
  inherited['SPT_FLOW_WORKSPACE_ID'] = 'w1';

  expect((await open()).environment).not.toHaveProperty('SPT_FLOW_STATE_DIR');
});
