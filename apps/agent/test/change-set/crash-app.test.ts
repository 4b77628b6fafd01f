import { randomUUID } from 'node:crypto';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChangeSetReceiptSchema } from '@spt-flow/shared/agent-protocol/change-set';
import {
  badChange,
  createDriver,
  createResettable,
  editsWith,
  goodChange,
  leftOvers,
  writeRequest,
  type Driver,
} from '../support/drive.ts';
import { appSource, freePort, type Project } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

let driver: Driver;
let resettable: Awaited<ReturnType<typeof createResettable>>;
let port: number;

beforeAll(async () => {
  driver = await createDriver();
});
afterAll(() => driver.close());
beforeEach(async () => {
  resettable = await createResettable();
  port = await freePort();
});
afterEach(() => rm(resettable.project.root, { recursive: true, force: true }));

/** Steps at single files are taken without an app, in `crash.test.ts`. */
function isAboutProcesses(step: string): boolean {
  return !/^(flip|stage)\.|^undo\.(entry|temporary|renamed|unlinked|directory)$/.test(step);
}

describe.each([
  ['good', goodChange, 'committed'],
  ['failing', badChange, 'rolled_back'],
] as const)('a %s change set with an app', (_name, change, outcome) => {
  it('killed at every step leaves the old or the new tree, whole', async () => {
    const { project, reset } = resettable;
    const request = await writeRequest(project, change(port));
    const old = JSON.stringify(await snapshotTree(project.directory));
    const complete = await driver.drive(project, { request });
    const final = JSON.stringify(await snapshotTree(project.directory));
    expect(complete).toMatchObject({ complaint: '', receipt: { outcome } });

    // Until the app fails, one is as good as the other.
    const from = complete.steps.indexOf('undo.stopped');
    for (const [index, step] of complete.steps.entries()) {
      if (index < from || !isAboutProcesses(step)) continue;
      await reset();
      const killed = await driver.drive(project, { request, at: index + 1 });
      const recovered = await driver.drive(project);
      expect([killed.signal, recovered.complaint, step]).toEqual(['SIGKILL', '', step]);
      const isCommitted = index >= complete.steps.indexOf('commit.written');
      const wanted = outcome === 'committed' && isCommitted ? final : old;
      expect(JSON.stringify(await snapshotTree(project.directory)), step).toBe(wanted);
      expect(await leftOvers(project), step).toEqual([]);
    }
  }, 240_000);
});

describe('a change set whose app ends soon after the commit', () => {
  /** Answers the two questions of the probe, then ends. */
  const shortLived = appSource('new').replace(
    'response.statusCode',
    'if ((globalThis.asked = (globalThis.asked ?? 0) + 1) === 2) setTimeout(() => process.exit(7), 50);\n  response.statusCode',
  );

  function shortLivedChange() {
    const build = { command: 'cp server.js built.js', timeoutMs: 30_000 };
    return { ...goodChange(port), edits: editsWith(shortLived), build };
  }

  /** A project in which an old app is supervised already. */
  async function createRunning() {
    const { project, template, reset } = resettable;
    const change = shortLivedChange();
    const request = await writeRequest(project, change);
    const { name, command } = change.process;
    const process = { name, command, env: { ...change.process.env, LABEL: 'old' } };
    const before = { ...change, id: randomUUID(), edits: [], process };
    await driver.drive(project, { request: await writeRequest(project, before, 'first.json') });
    await rm(template, { recursive: true });
    await cp(project.directory, template, { recursive: true });
    await cp(project.state, `${template}-state`, { recursive: true });
    return {
      request,
      async resetRunning() {
        await reset();
        await cp(`${template}-state`, project.state, { recursive: true });
      },
    };
  }

  async function stateOf({ directory, state }: Project): Promise<string> {
    const spec = await readFile(join(state, 'processes', 'app.json'), 'utf8');
    return JSON.stringify([await snapshotTree(directory), spec]);
  }

  it('killed at every step is the old or the new one, whole, with its process', async () => {
    const { project } = resettable;
    const { request, resetRunning } = await createRunning();
    const old = await stateOf(project);
    const { steps, ...complete } = await driver.drive(project, { request, waitsForRevert: true });
    expect(complete).toMatchObject({ complaint: '', receipt: { outcome: 'committed' } });
    expect(complete.logs).toContainEqual(expect.stringContaining('A change set was undone'));
    expect(await stateOf(project)).toBe(old);
    const committedAt = steps.indexOf('commit.written');
    const journalledAt = steps.indexOf('guard.journalled');
    const restoredAt = steps.indexOf('restore.done');
    expect(journalledAt).toBeGreaterThan(committedAt);

    for (let index = committedAt; index < steps.length; index += 1) {
      const step = steps[index] ?? '';
      if (!isAboutProcesses(step)) continue;
      await resetRunning();
      const killed = await driver.drive(project, { request, at: index + 1, waitsForRevert: true });
      const whenKilled = await stateOf(project).catch(() => 'no process');
      const recovered = await driver.drive(project);
      expect([killed.signal, recovered.complaint, step]).toEqual(['SIGKILL', '', step]);
      expect(await stateOf(project), step).toBe(index < journalledAt ? whenKilled : old);
      expect(whenKilled === old, step).toBe(index >= restoredAt);
      expect(await leftOvers(project), step).toEqual([]);
    }
  }, 240_000);

  it('has its recovery killed at every step and still ends with the old one', async () => {
    const { project } = resettable;
    const { request, resetRunning } = await createRunning();
    const old = await stateOf(project);
    const { steps } = await driver.drive(project, { request, waitsForRevert: true });
    const at = steps.indexOf('undo.renamed', steps.indexOf('commit.written')) + 1;
    await resetRunning();
    await driver.drive(project, { request, at, waitsForRevert: true });
    const complete = await driver.drive(project);
    expect(complete.steps).toContain('recover.reported');

    for (const [index, step] of complete.steps.entries()) {
      if (!isAboutProcesses(step)) continue;
      await resetRunning();
      await driver.drive(project, { request, at, waitsForRevert: true });
      const { signal } = await driver.drive(project, { at: index + 1 });
      expect([signal, step]).toEqual(['SIGKILL', step]);
      await driver.drive(project);
      expect(await stateOf(project)).toBe(old);
      expect(await leftOvers(project)).toEqual([]);
      const told = await readFile(join(project.state, 'recovered.json'), 'utf8');
      expect(ChangeSetReceiptSchema.parse(JSON.parse(told))).toMatchObject({
        outcome: 'rolled_back',
        failedPhase: 'probe',
        lateFailure: { kind: 'ended' },
        reason: expect.stringContaining('exit code 7'),
      });
    }
  }, 240_000);
});
