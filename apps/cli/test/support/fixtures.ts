import type { Me } from '@spt-flow/shared/api/auth';
import type { LogLine } from '@spt-flow/shared/api/logs';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Transition, Workspace } from '@spt-flow/shared/api/workspaces';

export const ORGANIZATION_ID = '0195f6f6-0000-7000-8000-000000000001';
export const WORKSPACE_ID = '0195f6f6-0000-7000-8000-000000000002';
const PROJECT_ID = '0195f6f6-0000-7000-8000-000000000003';
export const TERMINAL_ID = '0195f6f6-0000-4000-8000-000000000004';
export const REPOSITORY_URL = 'https://git.example.com/me/demo.git';
const AT = '2026-01-02T03:04:05.000Z';

export const ME: Me = {
  id: '0195f6f6-0000-7000-8000-000000000005',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'admin',
  organization: { id: ORGANIZATION_ID, name: 'Café', slug: 'cafe' },
};

export function workspace(overrides: Partial<Workspace> = {}): Workspace {
  return {
    id: WORKSPACE_ID,
    projectId: PROJECT_ID,
    name: 'demo',
    provider: 'local',
    desiredState: 'running',
    actualState: 'running',
    stateSince: AT,
    failure: null,
    agent: {
      online: true,
      lastSeenAt: AT,
      version: '0.1.0',
      rssBytes: 1,
      address: '192.0.2.7',
      quarantined: false,
    },
    ownerId: '0195f6f6-0000-7000-8000-000000000005',
    ownerName: 'Ada',
    costPerHour: null,
    stopWarning: null,
    host: null,
    disk: null,
    dormancy: null,
    warnings: [],
    template: null,
    createdAt: AT,
    ...overrides,
  };
}

export function project(overrides: Partial<Project> = {}): Project {
  return {
    id: PROJECT_ID,
    name: 'demo',
    slug: 'demo',
    description: null,
    template: 'repository',
    status: 'created',
    previewUrl: 'http://demo.preview.localhost:8080/',
    repositoryUrl: REPOSITORY_URL,
    workspace: workspace({ actualState: 'created' }),
    createdAt: AT,
    updatedAt: AT,
    ...overrides,
  };
}

export function transition(
  steps: Transition['steps'],
  overrides: Partial<Transition> = {},
): Transition {
  return {
    id: '0195f6f6-0000-7000-8000-000000000006',
    kind: 'start',
    state: 'running',
    reason: 'asked',
    steps,
    failure: null,
    startedAt: AT,
    finishedAt: null,
    ...overrides,
  };
}

export function step(
  name: string,
  state: 'running' | 'done' | 'failed',
  detail: string | null = null,
) {
  return { name, state, detail, startedAt: AT, durationMs: state === 'running' ? null : 1200 };
}

export function logLine(seq: number, overrides: Partial<LogLine> = {}): LogLine {
  return {
    seq,
    at: AT,
    level: 'info',
    source: 'app',
    text: `line ${seq}`,
    correlationId: null,
    ...overrides,
  };
}
