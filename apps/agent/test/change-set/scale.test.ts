import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentNodeFlags } from '@spt-flow/shared/agent-protocol/node-flags';
import { encodeJson, MAX_TRAILERS_BYTES } from '@spt-flow/tunnel/frame-codec';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createReceipt } from '../../src/change-set/receipt.ts';
import { MAX_PATHS_BYTES } from '../../src/change-set/stage/stage.ts';
import { buildAgent } from '../support/build.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { changeSet, sha256, writeEdit } from '../support/project.ts';
import { applyChangeSet, responseOf } from '../support/rig.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';

const FILES = 10_000;
const MAX_GROWTH_KIB = 64 * 1024;

let folder: string;
let disk: SmallDisk;
let projectDirectory: string;
let controlPlane: ControlPlane;
let agent: ChildProcess;
let tunnel: Tunnel;

beforeAll(async () => {
  folder = await buildAgent({ executable: false });
  disk = await createSmallDisk(256 * 1024);
  projectDirectory = join(disk.path, 'project');
  await mkdir(projectDirectory);
  controlPlane = await startControlPlane();
  agent = spawn(
    process.execPath,
    [...agentNodeFlags(process.versions.v8), join(folder, 'agent.cjs'), '--config-stdin'],
    {
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  agent.stdin?.end(
    JSON.stringify({
      SPT_FLOW_AGENT_URL: controlPlane.url,
      SPT_FLOW_AGENT_TOKEN: controlPlane.token,
      SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
      SPT_FLOW_AGENT_STATE_DIR: join(disk.path, 'state'),
      SPT_FLOW_AGENT_PROJECT_DIR: projectDirectory,
    }),
  );
  ({ tunnel } = await controlPlane.nextAgent());
});
afterAll(async () => {
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  await controlPlane.stop();
  await disk.close();
  await rm(folder, { recursive: true });
});

function newFiles(count: number) {
  return Array.from({ length: count }, (_, index) =>
    writeEdit(`src/part-${index % 100}/file-${index}.js`, `export const n = ${index};`, null),
  );
}

/** What the agent itself had at most while it worked. */
async function peakKiB(work: () => Promise<unknown>): Promise<number> {
  writeFileSync(`/proc/${agent.pid}/clear_refs`, '5');
  await work();
  const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}

it('10,000 files are made as one and undone as one, while the agent stays small', async () => {
  /** Fails once they are all there. */
  const build = { command: '[ "$(find src -type f | wc -l)" -lt 10000 ]', timeoutMs: 60_000 };
  const apply = async (count: number) =>
    (await applyChangeSet(tunnel, changeSet({ edits: newFiles(count), build }))).receipt;
  const few = await peakKiB(async () =>
    expect(await apply(10)).toMatchObject({ outcome: 'committed' }),
  );

  const many = await peakKiB(async () => {
    const edits = newFiles(FILES + 10).slice(10);
    const { receipt } = await applyChangeSet(tunnel, changeSet({ edits, build }));
    expect(receipt).toMatchObject({ outcome: 'rolled_back', failedPhase: 'build' });
    expect(receipt?.files).toHaveLength(FILES);
  });

  const left = await readdir(projectDirectory, { recursive: true });
  expect(left.filter((name) => /file|tmp/.test(name))).toHaveLength(10);
  expect(many - few).toBeLessThan(MAX_GROWTH_KIB);
}, 180_000);

it('paths that no receipt could hold are refused before anything is touched', async () => {
  const long = (index: number) => `${`${'ü\n'.repeat(50)}/`.repeat(3)}${index}`;
  const tooMany = Array.from({ length: 3_000 }, (_, index) => writeEdit(long(index), 'x'));
  const stream = tunnel.open({ method: 'change-set.apply' });
  stream.end(JSON.stringify(changeSet({ edits: tooMany })));

  expect(await responseOf(stream)).toMatchObject({ ok: false, code: 'too_large' });
});

it('a receipt of as many files, with paths as long as they may be, fits', () => {
  const hash = sha256('');
  const path = 'p'.repeat(Math.floor(MAX_PATHS_BYTES / FILES) - 6);
  const version = { sha256: hash, mode: 0o644, offset: 0, sizeBytes: 0 };
  const receipt = createReceipt({
    ...{ id: crypto.randomUUID(), outcome: 'rolled_back', reason: '\n'.repeat(4_000) },
    ...{ failedPhase: 'build', restored: true, durationMs: 1234.5678 },
    checks: Array.from({ length: 5 }, () => ({
      ...{ name: 'syntax: javascript', ok: false, detail: '\n'.repeat(4_000), durationMs: 1.5 },
    })),
    entries: Array.from({ length: FILES }, (_, index) => ({
      ...{ index, path, createdDirectories: [], after: version },
      old: { ...version, uid: 0, gid: 0 },
    })),
  });
  const signed = {
    text: JSON.stringify(receipt),
    keyId: 'k'.repeat(43),
    signature: 's'.repeat(86),
  };

  expect(() => encodeJson(signed, MAX_TRAILERS_BYTES)).not.toThrow();
});
