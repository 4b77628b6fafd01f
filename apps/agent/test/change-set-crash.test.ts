import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ChangeSetReceiptSchema,
  ChangeSetRequestSchema,
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

async function drive(
  project: Project,
  request: string,
  { killAt = 0, watch = '' }: { killAt?: number; watch?: 'watch' | '' } = {},
): Promise<Outcome> {
  const agent = join(bundleFolder, 'agent.cjs');
  const child = spawn(process.execPath, [
    driver,
    project.state,
    project.directory,
    agent,
    request,
    String(killAt),
    watch,
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
      const killed = await drive(project, request, { killAt });
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
    await drive(project, request, { killAt: lastStep });
    const recovery = await drive(project, '-', { killAt });
    isOver = recovery.signal === null;
    await drive(project, '-');
    expect(await snapshotTree(project.directory)).toEqual(old);
    expect(await leftOvers(project)).toEqual([]);
  }
  await rm(project.root, { recursive: true, force: true });
}, 240_000);

describe('a change set whose app ends soon after the commit', () => {
  /** Answers the two questions of the probe, then ends. */
  const shortLived = appSource('new').replace(
    'response.statusCode',
    'if ((globalThis.asked = (globalThis.asked ?? 0) + 1) === 2) setTimeout(() => process.exit(7), 50);\n  response.statusCode',
  );
  const processFile = (project: Project) => join(project.state, 'processes', 'app.json');

  function shortLivedChange(port: number): Partial<ChangeSetRequest> {
    const build = { command: 'cp server.js built.js', timeoutMs: 5_000 };
    return { ...goodChange(port), edits: editsWith(shortLived), build };
  }

  /** A project in which an old app is supervised already. */
  async function runningProject() {
    const { project, request } = await projectWithRequest(shortLivedChange);
    const change = ChangeSetRequestSchema.parse(JSON.parse(await readFile(request, 'utf8')));
    const env = { ...change.process?.env, LABEL: 'old' };
    const first = join(project.root, 'first.json');
    const process = change.process && { ...change.process, env };
    await writeFile(
      first,
      JSON.stringify(changeSet({ ...change, id: randomUUID(), edits: [], process })),
    );
    await drive(project, first);
    const template = join(project.root, 'template');
    await cp(project.directory, template, { recursive: true });
    await cp(project.state, `${template}-state`, { recursive: true });
    return { project, request, template };
  }

  const stateOf = async (project: Project) =>
    JSON.stringify([
      await snapshotTree(project.directory),
      await readFile(processFile(project), 'utf8'),
    ]);

  it('killed at every step is the old or the new one, whole, with its process', async () => {
    const { project, request, template } = await runningProject();
    const old = await stateOf(project);
    const complete = await drive(project, request, { watch: 'watch' });
    expect(complete).toMatchObject({ complaint: '', receipt: { outcome: 'committed' } });
    expect(await stateOf(project)).toBe(old);
    const committedAt = complete.steps.indexOf('commit.written');
    const journalledAt = complete.steps.indexOf('guard.journalled');
    expect(journalledAt).toBeGreaterThan(committedAt);

    for (let killAt = committedAt + 1; killAt <= complete.steps.length; killAt += 1) {
      await reset(project, template);
      await cp(`${template}-state`, project.state, { recursive: true });
      const killed = await drive(project, request, { killAt, watch: 'watch' });
      const whenKilled = await stateOf(project).catch(() => 'no process');
      const recovered = await drive(project, '-');
      const step = complete.steps[killAt - 1];
      expect([killed.signal, recovered.complaint, step]).toEqual(['SIGKILL', '', step]);
      if (killAt <= journalledAt) expect(await stateOf(project), step).toBe(whenKilled);
      else expect(await stateOf(project), step).toBe(old);
      expect(whenKilled === old, step).toBe(killAt > complete.steps.indexOf('restore.done'));
      expect(await leftOvers(project), step).toEqual([]);
    }
    await rm(project.root, { recursive: true, force: true });
  }, 240_000);

  it('has its recovery killed at every step and still ends with the old one', async () => {
    const { project, request, template } = await runningProject();
    const old = await stateOf(project);
    const complete = await drive(project, request, { watch: 'watch' });
    const undoing = complete.steps.indexOf(
      'undo.renamed',
      complete.steps.indexOf('commit.written'),
    );

    for (let killAt = 1, isOver = false; !isOver; killAt += 1) {
      await reset(project, template);
      await cp(`${template}-state`, project.state, { recursive: true });
      await drive(project, request, { killAt: undoing + 1, watch: 'watch' });
      const recovery = await drive(project, '-', { killAt });
      isOver = recovery.signal === null;
      await drive(project, '-');
      expect(await stateOf(project)).toBe(old);
      expect(await leftOvers(project)).toEqual([]);
      const told = await readFile(join(project.state, 'recovered.json'), 'utf8');
      expect(ChangeSetReceiptSchema.parse(JSON.parse(told))).toMatchObject({
        outcome: 'rolled_back',
        failedPhase: 'probe',
        reason: expect.stringContaining('exit code 7'),
      });
    }
    await rm(project.root, { recursive: true, force: true });
  }, 240_000);
});

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
