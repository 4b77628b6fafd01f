import { AppError } from '@spt-flow/shared/domain/errors';
import { newCorrelationId } from '../../../lib/correlation.ts';
import { runInWorkspace, type AgentConnections } from '../../agents/index.ts';
import type { LogLevel } from '../../logs/index.ts';
import type { FurnishingContext, WorkspaceRow } from '../../workspaces/index.ts';
import type { Planned } from '../planning/index.ts';
import type { Hook } from '../reading/index.ts';
import { createCreationMarker } from './creation-marker.ts';
import type { RunCommand } from './run-command.ts';
import { dueHooks, ONCE, runHooks, type LifecycleRun } from './lifecycle.ts';

/** Commands end themselves; the transition's deadline only has to come later. */
const LIMIT_SECONDS = 90 * 60;

/** PlanKeeper keeps of a workspace's devcontainer what its hooks go by, and what went wrong with them. */
export interface PlanKeeper {
  read(workspaceId: string): Promise<{ readonly planned: Planned | null }>;
  change(workspaceId: string, failure: HookFailure): Promise<void>;
}

interface HookFailure {
  problem: { code: string; message: string; details?: Record<string, unknown> };
  warnings: string[];
}

export interface HookRunnerDeps {
  readonly agents: AgentConnections;
  readonly repository: PlanKeeper;
  readonly log: (workspace: WorkspaceRow, level: LogLevel, text: string) => void;
  readonly onChanged: (workspaceId: string) => Promise<void>;
}

export type HookRunner = ReturnType<typeof createHookRunner>;

/** createHookRunner runs the commands of a devcontainer in their order: those that are waited for, then the rest. */
export function createHookRunner(deps: HookRunnerDeps) {
  const { repository, log } = deps;
  /** Of workspaces that are about to become ready. */
  const waiting = new Map<string, { hooks: Hook[]; planned: Planned }>();

  function commandsIn(
    workspace: WorkspaceRow,
    { correlationId, signal }: { readonly correlationId: string; readonly signal?: AbortSignal },
  ): RunCommand {
    return (command) =>
      runInWorkspace(deps.agents, workspace.id, { ...command, correlationId, signal });
  }

  function inputFor(
    workspace: WorkspaceRow,
    call: Pick<LifecycleRun, 'run' | 'step'> & { planned: Planned },
  ): LifecycleRun {
    const { planned, run, step } = call;
    const marker = createCreationMarker(planned.creation, run);
    return {
      ...{ run, step, lifecycle: planned.lifecycle },
      log: (line) => log(workspace, 'info', line),
      async onDone(hook) {
        if (ONCE.includes(hook)) await marker.add(hook);
      },
    };
  }

  return {
    /** Those that the workspace has to wait for, as steps of its start. */
    async runBlocking(workspace: WorkspaceRow, run: FurnishingContext['run']): Promise<void> {
      waiting.delete(workspace.id);
      const { planned } = await repository.read(workspace.id);
      if (!planned) return;
      const { lifecycle, creation } = planned;
      const commands = commandsIn(workspace, run);
      const due = dueHooks(lifecycle, await createCreationMarker(creation, commands).read());
      const isBlocking = (hook: Hook) => lifecycle.blocking.includes(hook);
      if (due.some(isBlocking)) await run.extendDeadline(LIMIT_SECONDS);
      const step: LifecycleRun['step'] = (hook, work) => run.step(`Run ${hook}`, work);
      const input = inputFor(workspace, { planned, step, run: commands });
      await runHooks(due.filter(isBlocking), input);
      waiting.set(workspace.id, { planned, hooks: due.filter((hook) => !isBlocking(hook)) });
    },

    /** Those that need not be waited for. */
    async runRest(workspace: WorkspaceRow): Promise<void> {
      const rest = waiting.get(workspace.id);
      waiting.delete(workspace.id);
      if (!rest) return;
      const { hooks, planned } = rest;
      const step: LifecycleRun['step'] = async (hook, work) => {
        const startedMs = performance.now();
        await work();
        const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
        log(workspace, 'info', `${hook} is done after ${seconds} s`);
      };
      try {
        const run = commandsIn(workspace, { correlationId: newCorrelationId() });
        await runHooks(hooks, inputFor(workspace, { planned, step, run }));
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
