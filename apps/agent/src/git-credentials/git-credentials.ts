import { join } from 'node:path';
import type { Runtime } from '../runtime/runtime.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import type { AgentLog } from '../system/agent-log.ts';
import { messageOf } from '../system/errors.ts';
import {
  openRuntimeDirectory,
  removeRuntimeDirectory,
  removeStaleSocket,
} from '../system/runtime-directory.ts';
import { createBroker, type Broker } from './broker.ts';
import { withCredentialHelper } from './git-environment.ts';
import { openCredentialSocket } from './socket.ts';

export interface GitCredentialsDeps {
  readonly environment: Environment;
  readonly runtime: Pick<Runtime, 'selfCommand'>;
  readonly stateDirectory: string;
  readonly log: AgentLog;
}

/** openGitCredentials lets git in the workspace ask the control plane; without it git works as far as it is public. */
export async function openGitCredentials(deps: GitCredentialsDeps): Promise<{
  readonly broker: Broker;
  /** What children inherit. */
  readonly environment: Environment;
  close(): Promise<void>;
}> {
  const { environment, runtime, stateDirectory, log } = deps;
  const broker = createBroker();
  try {
    const directory = await openRuntimeDirectory(stateDirectory, environment);
    const path = join(directory, 'git.sock');
    await removeStaleSocket(path);
    const server = await openCredentialSocket(path, broker);
    const helper = [...runtime.selfCommand('git-credential'), path];
    return {
      broker,
      environment: withCredentialHelper(environment, helper),
      async close() {
        server.close();
        await removeRuntimeDirectory(directory);
      },
    };
  } catch (error) {
    log('warn', `Git in this workspace can't ask for tokens: ${messageOf(error)}`);
    return { broker, environment, close: async () => undefined };
  }
}
