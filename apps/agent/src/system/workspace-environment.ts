import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Environment } from '../runtime/spawn-group.ts';
import type { AgentLog } from './agent-log.ts';
import { readIfThere, writeDurably } from './durable-file.ts';
import { messageOf } from './errors.ts';
import { openRuntimeDirectory } from './runtime-directory.ts';
import { markedEnvironment } from './workspace-scope.ts';

const AddedSchema = z.object({
  /** The process that started the agent. */
  keeper: z.number(),
  variables: z.record(z.string(), z.string()),
});

export interface WorkspaceEnvironment {
  /** What children inherit. */
  readonly environment: Environment;
  /** Remembers what is added, for the next agent that the same process starts. */
  keep(variables: Environment): Promise<void>;
}

/**
 * openWorkspaceEnvironment adds to what the agent inherited what the control plane told an agent before it. Only while
 * the workspace runs: one that is started anew gets all of its environment from whoever starts it.
 */
export async function openWorkspaceEnvironment(
  stateDirectory: string,
  inherited: Environment,
  log: AgentLog,
): Promise<WorkspaceEnvironment> {
  const marked = markedEnvironment(inherited, stateDirectory);
  try {
    const path = join(await openRuntimeDirectory(stateDirectory, inherited), 'environment.json');
    let added = await readAdded(path);
    return {
      environment: { ...marked, ...added },
      async keep(variables) {
        added = { ...added, ...variables };
        await writeDurably(path, JSON.stringify({ keeper: process.ppid, variables: added }));
      },
    };
  } catch (error) {
    log('warn', `What is added to the environment ends with this agent: ${messageOf(error)}`);
    return { environment: marked, keep: async () => undefined };
  }
}

async function readAdded(path: string): Promise<Environment> {
  const text = await readIfThere(path);
  if (text === undefined) return {};
  const { keeper, variables } = AddedSchema.parse(JSON.parse(text));
  return keeper === process.ppid ? variables : {};
}
