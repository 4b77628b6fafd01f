import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtAgent } from './agent-bundle.ts';

export interface JoinSettings {
  readonly url: string;
  readonly serverKey: string;
  readonly token: string;
}

/** What its agent is told besides how to join. */
type AgentSettings = Readonly<Record<string, string>>;

/** ServerMachine is a machine of somebody else's with a real agent, as far as one machine can hold several. */
export interface ServerMachine {
  readonly project: string;
  readonly state: string;
  /** Joins the first time, and connects again afterwards. */
  turnOn(join?: JoinSettings): Promise<void>;
  turnOff(): Promise<void>;
  isOn(): boolean;
  /** Resolves with the exit code once the agent has ended by itself. */
  ended(): Promise<number | null>;
  remove(): Promise<void>;
}

export async function newServerMachine(settings: AgentSettings = {}): Promise<ServerMachine> {
  const root = await mkdtemp(path.join(tmpdir(), 'spt-machine-'));
  const state = path.join(root, 'state');
  const project = path.join(root, 'project');
  await mkdir(project);
  let joined: JoinSettings | undefined;
  let agent: ChildProcess | undefined;

  async function turnOn(join = joined): Promise<void> {
    if (!join) throw new Error('The machine has not joined');
    joined = join;
    agent = spawn(process.execPath, [await builtAgent(), '--config-stdin'], {
      env: { PATH: process.env['PATH'], HOME: root },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    agent.stdin?.end(
      JSON.stringify({
        SPT_FLOW_AGENT_URL: join.url,
        SPT_FLOW_AGENT_SERVER_KEY: join.serverKey,
        SPT_FLOW_AGENT_TOKEN: join.token,
        SPT_FLOW_AGENT_STATE_DIR: state,
        SPT_FLOW_AGENT_PROJECT_DIR: project,
        ...settings,
      }),
    );
    await once(agent, 'spawn');
  }

  function isOn(): boolean {
    return agent?.exitCode === null && agent.signalCode === null;
  }

  async function turnOff(): Promise<void> {
    if (!agent || !isOn()) return;
    const exited = once(agent, 'exit');
    agent.kill('SIGTERM');
    await exited;
  }

  return {
    ...{ project, state, turnOn, turnOff, isOn },
    async ended() {
      if (!agent) throw new Error('The machine was never on');
      if (agent.exitCode === null) await once(agent, 'exit');
      return agent.exitCode;
    },
    async remove() {
      await turnOff();
      await rm(root, { recursive: true, force: true });
    },
  };
}
