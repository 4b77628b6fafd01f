import { randomUUID } from 'node:crypto';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import {
  runInWorkspace,
  type AgentConnections,
  type ExecCommand,
  type ExecOutcome,
} from '../agents/index.ts';
import type { SystemScope } from '../../lib/system-scope-repository.ts';
import type { WorkspaceRow, WorkspaceService } from '../workspaces/index.ts';
import type { MachinesRepository } from './machines-repository.ts';

const KEEP_AWAKE_MS = 60_000;
const END_PATIENCE_MS = 60_000;

export interface MachineRequest {
  readonly jobId: string;
  readonly provider: WorkspaceRow['provider'];
  readonly settings: WorkspaceSettings;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

/** BuildMachine is an empty directory somewhere, with nothing of its project in it but what is brought there. */
export interface BuildMachine {
  exec(command: ExecCommand): Promise<ExecOutcome>;
  /** Removes it, with all that still runs in it. */
  end(): Promise<void>;
}

export interface BuildMachinesDeps {
  readonly repository: MachinesRepository;
  readonly agents: AgentConnections;
  readonly workspaces: Pick<WorkspaceService, 'create' | 'begin' | 'ensureReady' | 'settled'>;
  /** A machine at work must not be stopped for want of use. */
  readonly onUse: (workspaceId: string) => void;
  readonly onError: (error: unknown, subject: string) => void;
}

export type BuildMachines = ReturnType<typeof createBuildMachines>;

/** createBuildMachines gives each job a workspace of its own, which belongs to the system and ends with the job. */
export function createBuildMachines(deps: BuildMachinesDeps) {
  const { repository, workspaces } = deps;
  const waits = new Set<Promise<unknown>>();

  function create({ jobId, provider, settings, correlationId }: MachineRequest): Promise<string> {
    return repository.transaction(async (tx) => {
      const scope: SystemScope = await repository.ensureScope(tx);
      const name = `build-${randomUUID()}`;
      const projectId = await repository.addProject(scope, name, tx);
      const { id } = await workspaces.create(
        {
          ...{ name, projectId, provider, correlationId, isKeptReady: true },
          ...{ organizationId: scope.organizationId, ownerId: scope.userId },
          blueprint: {
            ...{ templateId: null, templateVersion: null, nextStart: null, startScript: null },
            ...{ values: {}, settings },
          },
        },
        tx,
      );
      await repository.give(jobId, id, tx);
      return id;
    });
  }

  /** Deletes what no job has any more. What can't be deleted now is deleted by one of the next calls. */
  async function discard(correlationId: string): Promise<void> {
    for (const id of await repository.discard())
      await workspaces.begin(id, correlationId, { reason: 'The build is over' });
  }

  async function end(id: string, correlationId: string): Promise<void> {
    await repository.takeBack(id);
    await discard(correlationId);
    await workspaces.settled(id, AbortSignal.timeout(END_PATIENCE_MS));
  }

  return {
    discard,

    /** AppError where there can be none. */
    async open(request: MachineRequest): Promise<BuildMachine> {
      const { correlationId, signal } = request;
      const id = await create(request);
      const awake = setInterval(() => deps.onUse(id), KEEP_AWAKE_MS);
      const machine: BuildMachine = {
        exec: (command) => runInWorkspace(deps.agents, id, { ...command, correlationId }),
        end() {
          clearInterval(awake);
          const ending = end(id, correlationId).catch((error: unknown) => deps.onError(error, id));
          waits.add(ending);
          void ending.finally(() => waits.delete(ending));
          return ending;
        },
      };
      try {
        await workspaces.begin(id, correlationId, { reason: 'A build needs it' });
        await workspaces.ensureReady(id, { correlationId, signal });
        return machine;
      } catch (error) {
        void machine.end();
        throw error;
      }
    },

    async settle(): Promise<void> {
      await Promise.all(waits);
    },
  };
}
