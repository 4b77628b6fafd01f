import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { startControlPlane } from './control-plane.ts';
import { createProject } from './project.ts';

export interface BareAgent {
  readonly tunnel: Tunnel;
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Runs an executable in a root that holds nothing but what bubblewrap is told to put there, the program, a project and
 * the kernel's own files, and has it join a control plane by TLS.
 */
export async function startBareAgent(program: string, root: readonly string[]): Promise<BareAgent> {
  const project = await createProject({ 'hello.txt': 'hello' });
  const identity = createCertificate();
  const controlPlane = await startControlPlane({ identity, channelBinding: 'tls-exporter' });
  const caFile = join(project.root, 'ca.pem');
  await writeFile(caFile, identity.cert);
  const settings = {
    SPT_FLOW_AGENT_URL: controlPlane.url,
    SPT_FLOW_AGENT_TOKEN: controlPlane.token,
    SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
    SPT_FLOW_AGENT_STATE_DIR: project.state,
    SPT_FLOW_AGENT_PROJECT_DIR: project.directory,
    SPT_FLOW_AGENT_CA_FILE: caFile,
    SPT_FLOW_AGENT_CHANNEL_BINDING: 'tls-exporter',
  };
  const variables = Object.entries(settings).flatMap(([name, value]) => ['--setenv', name, value]);
  const agent = spawn(
    'bwrap',
    [
      ...[...root, '--ro-bind', program, '/spt-flow-agent', '--bind', project.root, project.root],
      ...['--proc', '/proc', '--dev', '/dev', '--unshare-pid', '--die-with-parent'],
      ...['--clearenv', ...variables, '/spt-flow-agent'],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const { tunnel } = await controlPlane.nextAgent();
  return {
    tunnel,
    settings,
    async stop() {
      const ended = once(agent, 'exit');
      agent.kill('SIGTERM');
      await ended;
      await controlPlane.stop();
      await rm(project.root, { recursive: true, force: true });
    },
  };
}
