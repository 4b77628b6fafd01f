import type { Me } from '@spt-flow/shared/api/auth';
import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Message } from '@spt-flow/shared/api/conversations';
import type { LogLine } from '@spt-flow/shared/api/logs';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Template } from '@spt-flow/shared/api/templates';
import type { Place, WorkspacePreview } from '@spt-flow/shared/api/workspace-preview';
import type { Transition, Workspace } from '@spt-flow/shared/api/workspaces';

const AT = '2026-01-02T03:04:05.000Z';

/** idOf gives readable, valid ids: idOf(7) ends in 7. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function aMe(change: Partial<Me> = {}): Me {
  return {
    id: idOf(1),
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    role: 'admin',
    organization: { id: idOf(2), name: 'Café Sol', slug: 'cafe-sol' },
    ...change,
  };
}

export function aWorkspace(change: Partial<Workspace> = {}): Workspace {
  return {
    id: idOf(20),
    projectId: idOf(10),
    name: 'guestbook',
    provider: 'local',
    desiredState: 'running',
    actualState: 'running',
    stateSince: AT,
    failure: null,
    agent: {
      online: true,
      lastSeenAt: AT,
      version: '0.1.0',
      rssBytes: 38_797_312,
      address: '192.0.2.7',
      quarantined: false,
    },
    ownerId: idOf(1),
    ownerName: 'Ada Lovelace',
    costPerHour: null,
    stopWarning: null,
    host: null,
    disk: null,
    dormancy: null,
    warnings: [],
    template: null,
    createdAt: AT,
    ...change,
  };
}

export function aProject(change: Partial<Project> = {}): Project {
  return {
    id: idOf(10),
    name: 'Guestbook',
    slug: 'guestbook',
    description: 'A guestbook for my café',
    template: 'node-web',
    status: 'ready',
    previewUrl: 'http://guestbook.preview.localhost:8080/',
    repositoryUrl: null,
    workspace: aWorkspace(),
    createdAt: AT,
    updatedAt: AT,
    ...change,
  };
}

export function aMessage(number: number, change: Partial<Message> = {}): Message {
  return {
    id: idOf(100 + number),
    role: 'user',
    content: `message ${number}`,
    clientMessageId: null,
    turnId: null,
    steps: [],
    choices: [],
    changeSetId: null,
    state: null,
    tokensUsed: 0,
    createdAt: AT,
    ...change,
  };
}

export function aReceipt(change: Partial<ChangeSet> = {}): ChangeSet {
  return {
    id: idOf(300),
    workspaceId: idOf(20),
    summary: 'Make the title larger',
    author: 'Ada Lovelace',
    outcome: 'committed',
    reason: null,
    commit: '3f2a91c8d0',
    files: [{ path: 'public/style.css', change: 'updated', added: 2, removed: 1 }],
    checks: [{ name: 'syntax', ok: true, detail: '1 file', durationMs: 4 }],
    probe: { url: '/', status: 200, durationMs: 84, error: null },
    durationMs: 900,
    createdAt: AT,
    ...change,
  };
}

export function aTransition(change: Partial<Transition> = {}): Transition {
  return {
    id: idOf(400),
    kind: 'start',
    state: 'done',
    reason: 'asked for by Ada Lovelace',
    steps: [
      { name: 'Starting the agent', state: 'done', startedAt: AT, durationMs: 180, detail: null },
    ],
    failure: null,
    startedAt: AT,
    finishedAt: '2026-01-02T03:04:06.200Z',
    ...change,
  };
}

export function aLogLine(seq: number, change: Partial<LogLine> = {}): LogLine {
  return {
    seq,
    at: AT,
    level: 'info',
    source: 'app',
    text: `line ${seq}`,
    correlationId: null,
    ...change,
  };
}

export function aTemplate(change: Partial<Template> = {}): Template {
  return {
    ...{ id: idOf(500), name: 'go', displayName: 'Go', icon: 'speed', description: 'Go programs' },
    ...{ deprecation: null, activeVersion: 1, latestVersion: 1, isBuiltIn: true },
    ...{ workspaceCount: 1, outdatedCount: 0, updatedAt: AT },
    ...change,
  };
}

function money(amount: number) {
  return { amount, currency: 'EUR' };
}

export const ON_MACHINE: Place = { provider: 'local', server: null, isDefault: true, lacks: [] };
export const IN_CLUSTER: Place = {
  ...{ provider: 'kubernetes', server: null, isDefault: false, lacks: ['snapshots'] },
};
export const ON_RACK: Place = {
  ...{ provider: 'docker', isDefault: false, lacks: ['snapshots'] },
  server: { id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55', name: 'rack' },
};

export function aPreview(change: Partial<WorkspacePreview> = {}): WorkspacePreview {
  return {
    name: 'shop',
    problems: [],
    plan: {
      ...{ provider: 'local', size: 'chat', isolation: 'restricted', image: null },
      ...{ costPerHour: money(0.05), costPerMonth: money(36.5) },
    },
    places: [ON_MACHINE],
    quotas: [{ rule: 'running-per-person', used: 1, limit: 3 }],
    month: null,
    refusals: [],
    canCreate: true,
    ...change,
  };
}
