import { ScheduleSchema, type Schedule } from '@spt-flow/shared/domain/schedule';
import { diskUseOf } from '../workspaces/index.ts';
import type { Facts } from './decide.ts';
import type { LifecycleRow, LifecycleWorkspace } from './lifecycle-repository.ts';
import { timesOf, type LifecycleTimes } from './lifecycle-times.ts';
import { momentsOf } from './schedule-moments.ts';
import type { Activity } from './signal-words.ts';

export interface Surroundings {
  readonly now: Date;
  readonly configured: LifecycleTimes;
  /** What is not stored yet. */
  readonly recent: Activity;
}

/** factsOf gathers what decides about a workspace that runs. */
export function factsOf(workspace: LifecycleWorkspace, surroundings: Surroundings): Facts {
  const { lifecycle, stateSince: runningSince } = workspace;
  const { now } = surroundings;
  const schedule = scheduleOf(lifecycle);
  const stopsAt = lifecycle?.stopsAt ?? null;
  return {
    now,
    runningSince,
    isServer: workspace.provider === 'server',
    activity: activityOf(lifecycle, surroundings.recent),
    idleMinutes: lifecycle?.idleMinutes ?? timesOf(workspace, surroundings.configured).idleMinutes,
    schedule: schedule && momentsOf(schedule, now),
    scheduleSetAt: lifecycle?.scheduleSetAt ?? null,
    keepUntil: lifecycle?.keepUntil ?? null,
    disk: diskUseOf(workspace, lifecycle?.diskBytes),
    // A warning from before it was started warned nobody of now.
    warnedOf: stopsAt && stopsAt > runningSince ? stopsAt : null,
  };
}

export function scheduleOf(lifecycle: LifecycleRow | null): Schedule | null {
  return lifecycle?.schedule ? ScheduleSchema.parse(lifecycle.schedule) : null;
}

/** activityOf is what is stored, and what is not stored yet. */
export function activityOf(lifecycle: LifecycleRow | null, recent: Activity): Activity {
  return {
    ...(lifecycle?.terminalAt && { terminal: lifecycle.terminalAt }),
    ...(lifecycle?.commandAt && { command: lifecycle.commandAt }),
    ...(lifecycle?.portsAt && { ports: lifecycle.portsAt }),
    ...(lifecycle?.chatAt && { chat: lifecycle.chatAt }),
    ...(lifecycle?.aiAt && { ai: lifecycle.aiAt }),
    ...(lifecycle?.cpuAt && { cpu: lifecycle.cpuAt }),
    ...recent,
  };
}

/**
 * missedStart returns the start of its schedule that a stopped workspace has not had: one before somebody stopped it,
 * or before the schedule was set, is past, and one whose stop is past comes too late.
 */
export function missedStart(workspace: LifecycleWorkspace, now: Date): Date | null {
  const schedule = scheduleOf(workspace.lifecycle);
  if (!schedule) return null;
  const { lastStart, lastStop } = momentsOf(schedule, now);
  const setAt = workspace.lifecycle?.scheduleSetAt ?? null;
  if (!lastStart || lastStart <= workspace.stateSince || (setAt && lastStart <= setAt)) return null;
  if (lastStop && lastStop >= lastStart) return null;
  return now.getTime() - lastStart.getTime() <= LATEST_START_MS ? lastStart : null;
}

/** Longer than a restart of the control plane takes; later, nobody waits for it any more. */
const LATEST_START_MS = 2 * 3_600_000;
