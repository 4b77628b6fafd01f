import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { createTestReleases } from '@spt-flow/releases/testing/release-folder';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { launcherScript } from '../src/update/launcher.ts';
import { releasePlatform } from '../src/system/release-platform.ts';
import { buildAgent, programIn } from './support/build.ts';
import { startControlPlane, type ControlPlane } from './support/control-plane.ts';
import { createProject, type Project } from './support/project.ts';
import { giveRelease } from './support/release-stream.ts';
import { sendChannel } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const folders: string[] = [];
let programs: Record<'0.1.0' | '0.2.0', Buffer>;
let controlPlane: ControlPlane;
let project: Project;
let launcher: ChildProcess;

beforeAll(async () => {
  const build = async (version: string) => {
    const folder = await buildAgent({ version });
    folders.push(folder);
    const content = await readFile(programIn(folder));
    // The bundle becomes one executable file, as a release has it.
    const isBundle = programIn(folder).endsWith('.cjs');
    return isBundle ? Buffer.concat([Buffer.from('#!/usr/bin/env node\n'), content]) : content;
  };
  programs = { '0.1.0': await build('0.1.0'), '0.2.0': await build('0.2.0') };
}, 120_000);
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  controlPlane = await startControlPlane();
  project = await createProject();
  await install();
});
afterEach(async () => {
  if (launcher.exitCode === null && launcher.signalCode === null) {
    const ended = once(launcher, 'exit');
    launcher.kill('SIGTERM');
    await ended;
  }
  await controlPlane.stop();
  await rm(project.root, { recursive: true, force: true });
});

function at(...names: string[]): string {
  return join(project.root, ...names);
}

/** As an installation lays it down: the program, its settings, whose releases it takes, and the launcher. */
async function install(): Promise<void> {
  await mkdir(at('bin'));
  await writeFile(at('bin/spt-flow-agent'), programs['0.1.0'], { mode: 0o755 });
  await copyFile(join(folders[0] ?? '', 'pty.node'), at('bin/pty.node'));
  await writeFile(at('launch'), launcherScript());
  const settings = {
    SPT_FLOW_AGENT_URL: controlPlane.url,
    SPT_FLOW_AGENT_TOKEN: controlPlane.token,
    SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
    SPT_FLOW_AGENT_STATE_DIR: project.state,
    SPT_FLOW_AGENT_PROJECT_DIR: project.directory,
    SPT_FLOW_AGENT_UPDATE_ROOT: at('releases/metadata/1.root.json'),
  };
  await writeFile(at('settings.json'), JSON.stringify(settings));
}

function launch(): void {
  const args = [at('launch'), join(project.state, 'updates'), at('bin/spt-flow-agent')];
  launcher = spawn('/bin/sh', [...args, 'run', '--config-file', at('settings.json')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function nextAgent() {
  const agent = await controlPlane.nextAgent();
  const events: AgentEvent[] = [];
  const stream = agent.tunnel.open({ method: 'events' });
  let rest = '';
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(AgentEventSchema.parse(JSON.parse(line)));
  });
  const told = () => events.find((event) => event.type === 'updated')?.update;
  return { ...agent, told };
}

async function update(tunnel: Tunnel, version: string) {
  const stream = tunnel.open({ method: 'update', version });
  stream.on('error', () => undefined);
  expect(await stream.response).toEqual({ ok: true });
  return giveRelease(stream, at('releases'));
}

async function attach(tunnel: Tunnel, terminalId: string) {
  const stream = tunnel.open({ method: 'pty', terminalId, cols: 80, rows: 24 });
  let text = '';
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  expect(await stream.response).toMatchObject({ ok: true });
  return { stream, text: () => text };
}

it('is renewed to another version, keeps its terminals, and goes back from one that is broken', async () => {
  const releases = await createTestReleases(at('releases'));
  const platform = releasePlatform();
  await releases.release({ version: '0.2.0', programs: { [platform]: programs['0.2.0'] } });
  const broken = '#!/bin/sh\n[ "$1" = --version ] && { echo 0.3.0; exit; }\nexit 3\n';
  await releases.release({ version: '0.3.0', programs: { [platform]: broken } });
  launch();

  const first = await nextAgent();
  const terminalId = randomUUID();
  const terminal = await attach(first.tunnel, terminalId);
  sendChannel(terminal.stream, 0, 'kept=over; echo re""ady\n');
  await waitUntil(() => terminal.text().includes('ready'));
  expect(await update(first.tunnel, '0.2.0')).toEqual({ outcome: 'staged' });

  const second = await nextAgent();
  expect(second.proven.machine.agentVersion).toBe('0.2.0');
  const again = await attach(second.tunnel, terminalId);
  sendChannel(again.stream, 0, 'echo $kept-again\n');
  await waitUntil(() => again.text().includes('over-again'));
  await waitUntil(() => second.told() !== undefined);
  expect(second.told()).toMatchObject({ outcome: 'committed', from: '0.1.0', version: '0.2.0' });

  expect(await update(second.tunnel, '0.3.0')).toEqual({ outcome: 'staged' });
  const third = await nextAgent();
  expect(third.proven.machine.agentVersion).toBe('0.2.0');
  await waitUntil(() => third.told() !== undefined);
  expect(third.told()).toMatchObject({
    ...{ outcome: 'reverted', from: '0.2.0', version: '0.3.0' },
    reason: 'ended with code 3',
  });
  expect(await update(third.tunnel, '0.1.0')).toMatchObject({ fault: 'unknown_version' });
}, 120_000);

it('is not renewed where no launcher would start the new version', async () => {
  await createTestReleases(at('releases'));
  await chmod(at('bin/spt-flow-agent'), 0o755);
  launcher = spawn(at('bin/spt-flow-agent'), ['run', '--config-file', at('settings.json')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { tunnel } = await controlPlane.nextAgent();
  const stream = tunnel.open({ method: 'update', version: '0.2.0' });
  expect(await stream.response).toMatchObject({ ok: false, code: 'unavailable' });
});
