import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { FleetRepository } from './fleet-repository.ts';

/** What ended is told for as long as this, so that a reader that was away for minutes misses nothing. */
const WINDOW_MS = 15 * 60_000;
/** Builds are fewer, and a rate of a few says little. */
const BUILDS_WINDOW_MS = 24 * 3_600_000;

export interface FleetMetricsDeps {
  readonly fleet: FleetRepository;
  /** The parts of the health page. */
  readonly parts: () => Promise<readonly { readonly name: string; readonly state: string }[]>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * registerFleetMetrics adds what the database and the health checks tell when somebody asks. Every replica tells the
 * same, so readers take the largest; a failing question leaves its numbers out and the others as they are.
 */
export function registerFleetMetrics(registry: Registry, deps: FleetMetricsDeps): void {
  const { fleet, clock } = deps;
  const ended = shared(() => fleet.ended(new Date(clock.now().getTime() - WINDOW_MS)));
  gauge(registry, 'workspaces', {
    help: 'Workspaces by provider and actual state',
    labels: ['provider', 'state'],
    read: async () =>
      (await fleet.workspaces()).map(({ provider, state, count }) => [{ provider, state }, count]),
  });
  gauge(registry, 'workspace_transitions_recent', {
    help: 'Transitions that ended in the last 15 minutes, by kind and result',
    labels: ['kind', 'result'],
    read: async () =>
      (await ended()).map(({ kind, state, count }) => [{ kind, result: state }, count]),
  });
  gauge(registry, 'workspace_transition_p95_seconds', {
    help: '95th percentile of how long transitions took that ended in the last 15 minutes',
    labels: ['kind', 'result'],
    read: async () =>
      (await ended()).map(({ kind, state, p95Seconds }) => [{ kind, result: state }, p95Seconds]),
  });
  gauge(registry, 'workspace_transition_oldest_seconds', {
    help: 'For how long the oldest transition runs, 0 when none does',
    labels: [],
    read: async () => {
      const startedAt = await fleet.oldestRunning();
      const seconds = startedAt ? (clock.now().getTime() - startedAt.getTime()) / 1000 : 0;
      return [[{}, seconds]];
    },
  });
  registerBuildMetrics(registry, deps);
  gauge(registry, 'health_part_up', {
    help: 'Parts of the health page: 1 works or is off, 0 is degraded or down',
    labels: ['part'],
    read: async () =>
      (await deps.parts()).map(({ name, state }) => [
        { part: name },
        state === 'ok' || state === 'off' ? 1 : 0,
      ]),
  });
}

function registerBuildMetrics(
  registry: Registry,
  { fleet, clock }: Pick<FleetMetricsDeps, 'fleet' | 'clock'>,
): void {
  const builds = shared(() => fleet.builds(new Date(clock.now().getTime() - BUILDS_WINDOW_MS)));
  gauge(registry, 'pipelines_recent', {
    help: 'Pipelines that ended in the last 24 hours, by who ran them and result',
    labels: ['source', 'result'],
    read: async () =>
      (await builds()).map(({ source, status, count }) => [{ source, result: status }, count]),
  });
  gauge(registry, 'pipeline_success_ratio', {
    help: 'Share of the pipelines of the last 24 hours that succeeded, by who ran them',
    labels: ['source'],
    read: async () => successRates(await builds()),
  });
}

/** Gauges that are read at the same moment ask once. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask().finally(() => (asked = undefined)));
}

/** Those that were canceled or had nothing to do are no failures and no successes. */
function successRates(
  builds: Awaited<ReturnType<FleetRepository['builds']>>,
): (readonly [Record<string, string>, number])[] {
  return [...new Set(builds.map(({ source }) => source))].flatMap((source) => {
    const of = (status: string) =>
      builds.find((row) => row.source === source && row.status === status)?.count ?? 0;
    const judged = of('succeeded') + of('failed');
    return judged === 0 ? [] : [[{ source }, of('succeeded') / judged] as const];
  });
}

interface Reading {
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: () => Promise<
    readonly (readonly [labels: Record<string, string>, value: number])[]
  >;
}

function gauge(registry: Registry, name: string, { help, labels, read }: Reading): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      this.reset();
      // Without the database these are unknown, and `health_part_up` says why.
      const readings = await read().catch(() => []);
      for (const [values, value] of readings) this.set(values, value);
    },
  });
}
