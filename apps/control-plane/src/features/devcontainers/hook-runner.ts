import { z } from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import { newCorrelationId } from '../../lib/correlation.ts';
import { runInWorkspace, type AgentConnections } from '../agents/index.ts';
import type { LogLevel } from '../logs/index.ts';
import type { FurnishingContext, WorkspaceRow } from '../workspaces/index.ts';
import type { Lifecycle } from './applied.ts';
import type { Hook } from './config-schema.ts';
import type { DevcontainersRepository } from './devcontainers-repository.ts';
import { dueHooks, ONCE, runHooks, type LifecycleRun } from './lifecycle.ts';

/** Commands end themselves; the transition's deadline only has to come later. */
const LIMIT_SECONDS = 90 * 60;

export interface HookRunnerDeps {
  readonly agents: AgentConnections;
  readonly repository: DevcontainersRepository;
  readonly log: (workspace: WorkspaceRow, level: LogLevel, text: string) => void;
  readonly onChanged: (workspaceId: string) => Promise<void>;
}

export type HookRunner = ReturnType<typeof createHookRunner>;

const StateSchema = z.object({ containerId: z.string().nullable().default(null) });

/** createHookRunner runs the commands of a devcontainer in their order: those that are waited for, then the rest. */
export function createHookRunner(deps: HookRunnerDeps) {
  const { repository, log } = deps;
  /** Of workspaces that are about to become ready. */
  const waiting = new Map<string, { hooks: Hook[]; lifecycle: Lifecycle }>();

  function inputFor(
    workspace: WorkspaceRow,
    call: Pick<LifecycleRun, 'lifecycle' | 'step'> & {
      correlationId: string;
      signal?: AbortSignal;
    },
  ): LifecycleRun {
    const { lifecycle, step, correlationId, signal } = call;
    return {
      ...{ lifecycle, step },
      log: (line) => log(workspace, 'info', line),
      run: (command) =>
        runInWorkspace(deps.agents, workspace.id, { ...command, correlationId, signal }),
      async onDone(hook) {
        if (!ONCE.includes(hook)) return;
        const { done } = await repository.read(workspace.id);
        await repository.change(workspace.id, { done: [...done, hook] });
      },
    };
  }

  /** What ran in another container has not run in this one. */
  async function dueIn(workspace: WorkspaceRow) {
    const { planned, done, containerId: known } = await repository.read(workspace.id);
    const { containerId } = StateSchema.parse(workspace.providerState);
    const isKnown = known !== null && known === containerId;
    if (!isKnown) await repository.change(workspace.id, { containerId, done: [] });
    return planned && { ...planned, due: dueHooks(planned.lifecycle, isKnown ? done : []) };
  }

  return {
    /** Those that the workspace has to wait for, as steps of its start. */
    async runBlocking(workspace: WorkspaceRow, run: FurnishingContext['run']): Promise<void> {
      waiting.delete(workspace.id);
      const found = await dueIn(workspace);
      if (!found) return;
      const { due, lifecycle } = found;
      const isBlocking = (hook: Hook) => lifecycle.blocking.includes(hook);
      if (due.some(isBlocking)) await run.extendDeadline(LIMIT_SECONDS);
      const { correlationId, signal } = run;
      const step: LifecycleRun['step'] = (hook, work) => run.step(`Run ${hook}`, work);
      await runHooks(
        due.filter(isBlocking),
        inputFor(workspace, { lifecycle, step, correlationId, signal }),
      );
      waiting.set(workspace.id, { lifecycle, hooks: due.filter((hook) => !isBlocking(hook)) });
    },

    /** Those that need not be waited for. */
    async runRest(workspace: WorkspaceRow): Promise<void> {
      const rest = waiting.get(workspace.id);
      waiting.delete(workspace.id);
      if (!rest) return;
      const { hooks, lifecycle } = rest;
      const step: LifecycleRun['step'] = async (hook, work) => {
        const startedMs = performance.now();
        await work();
        const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
        log(workspace, 'info', `${hook} is done after ${seconds} s`);
      };
      try {
        const correlationId = newCorrelationId();
        await runHooks(hooks, inputFor(workspace, { lifecycle, step, correlationId }));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'devcontainer_failed') throw error;
        const { code, message, details } = error;
        log(workspace, 'error', message);
        await repository.change(workspace.id, {
          problem: { code, message, ...(details && { details }) },
          warnings: [message.split('\n')[0] ?? message],
        });
        await deps.onChanged(workspace.id);
      }
    },
  };
}
