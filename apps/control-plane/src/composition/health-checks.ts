import { AppError } from '@spt-flow/shared/domain/errors';
import { sql } from 'drizzle-orm';
import { serviceText } from '../features/chat/index.ts';
import type { PartCheck } from '../features/health/index.ts';
import type { Builder } from './builder.ts';
import type { AppDeps, Core } from './core.ts';
import type { Machines } from './machines.ts';

/** createHealthChecks says how each part is asked for its state. */
export function createHealthChecks(
  deps: AppDeps,
  { core, machines, builder }: { core: Core; machines: Machines; builder: Builder },
) {
  const checks: Record<string, PartCheck> = {
    database: async () => {
      const {
        rows: [row],
      } = await core.db.execute<{ server_version: string }>(sql`show server_version`);
      const kind = deps.database.kind === 'embedded' ? 'embedded' : 'external';
      return {
        state: 'ok',
        detail: `PostgreSQL ${row?.server_version ?? ''} (${kind})`,
        next: null,
      };
    },
    agents: async () => ({
      state: 'ok',
      detail: `${machines.agents.here.connectionCount} connected`,
      next: null,
    }),
    model: async () => modelState(builder),
    containers: async () => {
      if (deps.config.workspaces.provider !== 'docker')
        return {
          state: 'off',
          detail: 'New workspaces are processes of this machine',
          next: 'Start spt-flow with --workspace-provider docker to run them in containers',
        };
      try {
        return { state: 'ok', detail: await machines.docker.describeEngine(), next: null };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return { state: 'down', detail: error.message, next: 'Start Docker on this machine' };
      }
    },
    cluster: () => clusterState(machines),
    'sign-in': async () => signInState(core),
    secrets: async () => secretsState(machines),
    forge: async () => forgeState(builder),
    audit: async () => auditState(core),
    isolation: async () => {
      const [warning] = machines.local.warnings;
      return warning === undefined
        ? { state: 'ok', detail: 'Local workspaces run in bubblewrap', next: null }
        : { state: 'degraded', detail: warning, next: 'Install bubblewrap and restart spt-flow' };
    },
  };
  return { clock: deps.clock, checks, required: ['database'] };
}

/** Asking costs money: the answers that people wait for tell. */
function modelState({ model }: Builder): Awaited<ReturnType<PartCheck>> {
  if (model.templatesOnly)
    return {
      state: 'off',
      detail: 'Answers come from templates',
      next: 'Set ANTHROPIC_API_KEY to let the chat use Claude, or OPENAI_BASE_URL for another model',
    };
  const name = `${model.name} ${model.model ?? ''}`.trim();
  const failure = model.lastFailure();
  if (failure === null) return { state: 'ok', detail: name, next: null };
  return {
    state: 'degraded',
    detail: `${name}: ${serviceText(failure)}`,
    next: 'This was so at the last message. Correct key, model or address and restart spt-flow, or send a message again',
  };
}

async function clusterState({ kubernetes }: Machines): ReturnType<PartCheck> {
  if (!kubernetes)
    return {
      state: 'off',
      detail: 'No cluster runs workspaces',
      next: 'Set SPT_FLOW_KUBERNETES_NAMESPACE to run workspaces as pods',
    };
  try {
    return { state: 'ok', detail: await kubernetes.describeCluster(), next: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { state: 'down', detail: error.message, next: 'Workspaces that run go on' };
  }
}

function signInState({ signIn }: Core): Awaited<ReturnType<PartCheck>> {
  const { methods, passwords } = signIn;
  const silent = methods.filter((method) => !method.isAnswering()).map(({ name }) => name);
  if (silent.length > 0)
    return {
      state: 'degraded',
      detail: `${silent.join(' and ')} did not answer`,
      next: 'Look at the log of spt-flow for what it said, and at its address in the settings',
    };
  const names = [...methods.map(({ name }) => name), ...(passwords ? ['passwords'] : [])];
  return { state: 'ok', detail: `With ${names.join(', ')}`, next: null };
}

function secretsState({ secrets }: Machines): Awaited<ReturnType<PartCheck>> {
  const { kind, problem } = secrets.service.storeState();
  if (kind === 'embedded') return { state: 'ok', detail: 'In the database', next: null };
  return problem === null
    ? { state: 'ok', detail: 'In Vault', next: null }
    : { state: 'down', detail: problem, next: 'Workspaces keep the secrets that they have' };
}

function auditState({ auditLog }: Core): Awaited<ReturnType<PartCheck>> {
  const state = auditLog.state();
  if (state === 'ok') return { state, detail: 'Every entry is sealed', next: null };
  if (state === 'changed')
    return {
      state: 'down',
      detail: 'The audit log was changed in the database: no more of it is sealed or removed',
      next: "Copy the database, then see what was changed with 'spt-flow audit verify'",
    };
  return {
    state: 'degraded',
    detail: 'Entries of the audit log wait to be sealed or removed',
    next: 'Look at the log of spt-flow; it is tried again by itself',
  };
}

function forgeState({ forge }: Builder): Awaited<ReturnType<PartCheck>> {
  const { state, version, problem } = forge.health();
  if (state === 'embedded')
    return {
      state: 'off',
      detail: 'Code is kept in repositories here',
      next: 'Set GITLAB_URL and GITLAB_TOKEN to keep it in GitLab besides',
    };
  const detail = version === null ? 'GitLab' : `GitLab ${version}`;
  if (problem === null) return { state: 'ok', detail, next: null };
  const next = 'What is to be carried waits, and is carried once this is mended';
  return { state: 'degraded', detail: problem, next };
}
