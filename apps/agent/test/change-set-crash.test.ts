import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
  type ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import { buildAgent, bundleScript } from './support/build.ts';
import {
  appSource,
  changeSet,
  createProject,
  freePort,
  sha256,
  writeEdit,
  type Project,
} from './support/project.ts';
import { snapshotTree } from './support/tree.ts';

const FILES = {
  'server.js': appSource('old'),
  'keep/run.sh': '#!/bin/sh\necho old\n',
  'gone.txt': 'to be deleted\n',
};

let bundleFolder: string;
let driver: string;

beforeAll(async () => {
  bundleFolder = await buildAgent();
  driver = await bundleScript('change-set-driver', bundleFolder);
});
afterAll(() => rm(bundleFolder, { recursive: true, force: true }));

interface Outcome {
  readonly signal: string | null;
  readonly steps: string[];
  readonly receipt: ChangeSetReceipt | undefined;
  readonly complaint: string;
}

async function drive(project: Project, request: string, killAt = 0): Promise<Outcome> {
  const agent = join(bundleFolder, 'agent.cjs');
  const child = spawn(process.execPath, [
    driver,
    project.state,
    project.directory,
    agent,
    request,
    String(killAt),
  ]);
  const [[, signal], output, complaint] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  const lines = output.split('\n');
  const receipt = lines.find((line) => line.startsWith('receipt '))?.slice('receipt '.length);
  return {
    signal: typeof signal === 'string' ? signal : null,
    steps: lines
      .filter((line) => line.startsWith('step '))
      .map((line) => line.slice('step '.length)),
    receipt: receipt === undefined ? undefined : ChangeSetReceiptSchema.parse(JSON.parse(receipt)),
    complaint,
  };
}

async function projectWithRequest(
  change: (port: number) => Partial<ChangeSetRequest>,
): Promise<{ project: Project; request: string }> {
  const project = await createProject(FILES);
  const request = join(project.root, 'request.json');
  await writeFile(request, JSON.stringify(changeSet(change(await freePort()))));
  return { project, request };
}

function editsWith(server: string): ChangeSetRequest['edits'] {
  return [
    writeEdit('server.js', server, sha256(FILES['server.js'])),
    writeEdit('keep/run.sh', '#!/bin/sh\necho new\n'),
    { action: 'delete', path: 'gone.txt' },
    writeEdit('made/deep/new.txt', 'created\n', null),
  ];
}

function goodChange(port: number): Partial<ChangeSetRequest> {
  return {
    edits: editsWith(appSource('new')),
    process: {
      name: 'app',
      command: `exec ${process.execPath} server.js`,
      env: { PORT: String(port) },
    },
    probe: { port, path: '/', timeoutMs: 5_000 },
  };
}

function badChange(port: number): Partial<ChangeSetRequest> {
  return {
    ...goodChange(port),
    edits: editsWith(appSource('new', 'exits')),
    build: { command: 'true', timeoutMs: 5_000 },
  };
}

async function leftOvers(project: Project): Promise<string[]> {
  const staged = await readdir(join(project.state, 'stage'));
  const groups = await readdir(join(project.state, 'groups'));
  const hasJournal = await access(join(project.state, 'journal.json')).then(
    () => ['journal'],
    () => [],
  );
  return [...staged, ...groups, ...hasJournal];
}

describe.each([
  ['good', goodChange, 'committed'],
  ['failing', badChange, 'rolled_back'],
] as const)('a %s change set', (_name, change, outcome) => {
  it('killed at every step leaves the old or the new tree, whole', async () => {
    const { project, request } = await projectWithRequest(change);
    const template = join(project.root, 'template');
    await cp(project.directory, template, { recursive: true });
    const old = await snapshotTree(project.directory);
    const complete = await drive(project, request);
    const final = await snapshotTree(project.directory);
    expect(complete).toMatchObject({ complaint: '', receipt: { outcome } });
    expect(outcome === 'committed' ? final : old).toEqual(final);

    const seen = new Set<string>();
    for (let killAt = 1; killAt <= complete.steps.length; killAt += 1) {
      await reset(project, template);
      const killed = await drive(project, request, killAt);
      const recovered = await drive(project, '-');
      const tree = JSON.stringify(await snapshotTree(project.directory));
      const step = complete.steps[killAt - 1];
      expect([killed.signal, recovered.signal, recovered.complaint, step]).toEqual([
        'SIGKILL',
        null,
        '',
        step,
      ]);
      expect([JSON.stringify(old), JSON.stringify(final)], `killed at ${step}`).toContain(tree);
      expect(await leftOvers(project), `killed at ${step}`).toEqual([]);
      seen.add(tree);
    }

    expect(complete.steps).toContain('flip.renamed');
    expect(seen.size).toBe(outcome === 'committed' ? 2 : 1);
    await rm(project.root, { recursive: true, force: true });
  }, 240_000);
});

it('recovery killed at every step still ends with the old tree', async () => {
  const { project, request } = await projectWithRequest(goodChange);
  const template = join(project.root, 'template');
  await cp(project.directory, template, { recursive: true });
  const old = await snapshotTree(project.directory);
  const complete = await drive(project, request);
  const lastStep = complete.steps.indexOf('probe.done') + 1;

  for (let killAt = 1, isOver = false; !isOver; killAt += 1) {
    await reset(project, template);
    await drive(project, request, lastStep);
    const recovery = await drive(project, '-', killAt);
    isOver = recovery.signal === null;
    await drive(project, '-');
    expect(await snapshotTree(project.directory)).toEqual(old);
    expect(await leftOvers(project)).toEqual([]);
  }
  await rm(project.root, { recursive: true, force: true });
}, 240_000);

it('a file that the disk cannot hold changes nothing', async () => {
  const { project, request } = await projectWithRequest(() => ({
    edits: [writeEdit('small.txt', 'x'), writeEdit('large.txt', 'x'.repeat(4_000_000))],
  }));
  const old = await snapshotTree(project.directory);
  const agent = join(bundleFolder, 'agent.cjs');
  const command = [
    '-c',
    'ulimit -f 2000; exec "$@"',
    'sh',
    process.execPath,
    driver,
    project.state,
    project.directory,
    agent,
    request,
    '0',
  ];
  const child = spawn('/bin/sh', command);
  const [complaint] = await Promise.all([text(child.stderr), once(child, 'close')]);

  expect(complaint).toMatch(/EFBIG/);
  expect(await snapshotTree(project.directory)).toEqual(old);
  await rm(project.root, { recursive: true, force: true });
});

async function reset(project: Project, template: string): Promise<void> {
  await rm(project.state, { recursive: true, force: true });
  await rm(project.directory, { recursive: true, force: true });
  await cp(template, project.directory, { recursive: true });
}
