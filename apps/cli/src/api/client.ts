import { agentRoutes } from '@spt-flow/shared/api/agents';
import { API_PREFIX } from '@spt-flow/shared/api/common';
import { authRoutes, type Me } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { costRoutes } from '@spt-flow/shared/api/costs';
import { lifecyclePolicyRoutes } from '@spt-flow/shared/api/lifecycle-policy';
import { gitRoutes } from '@spt-flow/shared/api/git';
import { healthRoutes } from '@spt-flow/shared/api/health';
import { lifecycleRoutes } from '@spt-flow/shared/api/lifecycle';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { devcontainerRoutes } from '@spt-flow/shared/api/devcontainers';
import { portRoutes } from '@spt-flow/shared/api/ports';
import { poolRoutes } from '@spt-flow/shared/api/pools';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import type { RouteInput } from '@spt-flow/shared/api/route';
import { serverRoutes } from '@spt-flow/shared/api/servers';
import { signInRoutes } from '@spt-flow/shared/api/sign-in';
import { sshRoutes } from '@spt-flow/shared/api/ssh';
import { templateCatalogRoutes } from '@spt-flow/shared/api/template-catalog';
import { templateRoutes, type Template } from '@spt-flow/shared/api/templates';
import { usageRoutes, type UsageSpan } from '@spt-flow/shared/api/usage';
import { workspaceRoutes, type Workspace } from '@spt-flow/shared/api/workspaces';
import { headersOf, openApiSocket, openApiTunnel, type ClientOptions } from './api-socket.ts';
import { createAgentUpdateClient } from './agent-update-client.ts';
import { createAuditClient } from './audit-client.ts';
import { createBuildClient } from './build-client.ts';
import { createCall } from './call.ts';
import { createChangeClient } from './change-client.ts';
import { createDomainClient } from './domain-client.ts';
import { createForgeClient } from './forge-client.ts';
import { createCoderClient } from './coder-client.ts';
import { openLiveFeed, type LiveFeed } from './live-feed.ts';
import { createSecretClient } from './secret-client.ts';
import { createSessionClient } from './session-client.ts';
import { createSnapshotClient } from './snapshot-client.ts';
import { createTeamClient } from './team-client.ts';

const PAGE_LIMIT = 200;
/** The files of a workspace are copied meanwhile. */
const COPY_TIMEOUT_MS = 6 * 3_600_000;

export type NewProject = RouteInput<typeof projectRoutes.create>['body'];
export type LifecycleUpdate = RouteInput<typeof lifecycleRoutes.update>['body'];
type NewServer = RouteInput<typeof serverRoutes.create>['body'];
type TokenScope = 'read' | 'write' | 'admin';

/** Client is all that commands know of the server: they are given one, so that any server will do. */
export type Client = ReturnType<typeof createClient>;

/** createClient answers every question from the server; nothing is kept here. */
export function createClient(options: ClientOptions) {
  const call = createCall(options);
  const callPatiently = createCall(options, COPY_TIMEOUT_MS);
  const files = { ...options, headers: headersOf(options) };

  return {
    ...createAgentUpdateClient(call),
    ...createAuditClient(callPatiently, files),
    ...createChangeClient(callPatiently),
    ...createDomainClient(call),
    ...createForgeClient(call),
    ...createCoderClient(call),
    ...createSecretClient(call),
    ...createBuildClient(call),
    ...createSnapshotClient(callPatiently, files),
    ...createTeamClient(call, files),
    ...createSessionClient(call, files),
    version: () => call(healthRoutes.version, {}),
    me: (): Promise<Me> => call(authRoutes.me, {}),
    logout: () => call(authRoutes.logout, {}),
    signInMethods: () => call(signInRoutes.methods, {}),
    startDeviceLogin: (clientName: string) =>
      call(tokenRoutes.startDeviceLogin, { body: { clientName } }),
    finishDeviceLogin: (deviceCode: string) =>
      call(tokenRoutes.finishDeviceLogin, { body: { deviceCode } }),
    listTokens: () => call(tokenRoutes.listTokens, {}),
    createToken: (body: { name: string; scope: TokenScope; expiresInDays: number | null }) =>
      call(tokenRoutes.createToken, { body }),
    revokeToken: (id: string) => call(tokenRoutes.revokeToken, { params: { id } }),
    listGitLogins: () => call(gitRoutes.listLogins, {}),
    putGitLogin: (body: RouteInput<typeof gitRoutes.putLogin>['body']) =>
      call(gitRoutes.putLogin, { body }),
    removeGitLogin: (id: string) => call(gitRoutes.removeLogin, { params: { id } }),
    getDotfiles: () => call(gitRoutes.getDotfiles, {}),
    putDotfiles: (body: RouteInput<typeof gitRoutes.putDotfiles>['body']) =>
      call(gitRoutes.putDotfiles, { body }),
    removeDotfiles: () => call(gitRoutes.removeDotfiles, {}),
    listWorkspaces: () =>
      allPages((query): Promise<Page<Workspace>> => call(workspaceRoutes.list, { query })),
    listProjects: () =>
      allPages((query): Promise<Page<Project>> => call(projectRoutes.list, { query })),
    getProject: (handle: string) => call(projectRoutes.get, { params: { handle } }),
    createProject: (body: NewProject) => call(projectRoutes.create, { body }),
    listTemplates: () =>
      allPages((query): Promise<Page<Template>> => call(templateRoutes.list, { query })),
    getTemplate: (handle: string) => call(templateRoutes.get, { params: { handle } }),
    getTemplateVersion: (handle: string, number: number) =>
      call(templateRoutes.version, { params: { handle, number } }),
    templateCatalog: () => call(templateCatalogRoutes.list, {}),
    pushTemplate: (body: RouteInput<typeof templateRoutes.push>['body']) =>
      call(templateRoutes.push, { body }),
    updateTemplate: (handle: string, body: RouteInput<typeof templateRoutes.update>['body']) =>
      call(templateRoutes.update, { params: { handle }, body }),
    templateImpact: (handle: string, body: RouteInput<typeof templateRoutes.impact>['body']) =>
      call(templateRoutes.impact, { params: { handle }, body }),
    updateWorkspaces: (
      handle: string,
      body: RouteInput<typeof templateRoutes.updateWorkspaces>['body'],
    ) => call(templateRoutes.updateWorkspaces, { params: { handle }, body }),
    rollbackWorkspace: (handle: string) => call(templateRoutes.rollback, { params: { handle } }),
    getPool: (handle: string) => call(poolRoutes.get, { params: { handle } }),
    setPool: (handle: string, body: RouteInput<typeof poolRoutes.set>['body']) =>
      call(poolRoutes.set, { params: { handle }, body }),
    getWorkspace: (handle: string) => call(workspaceRoutes.get, { params: { handle } }),
    judgeWorkspace: (handle: string) => call(workspaceRoutes.policy, { params: { handle } }),
    startWorkspace: (handle: string) => call(workspaceRoutes.start, { params: { handle } }),
    stopWorkspace: (handle: string) => call(workspaceRoutes.stop, { params: { handle } }),
    rebuildWorkspace: (handle: string) => call(devcontainerRoutes.rebuild, { params: { handle } }),
    deleteWorkspace: (handle: string) => call(workspaceRoutes.remove, { params: { handle } }),
    cancelChange: (handle: string) => call(workspaceRoutes.cancel, { params: { handle } }),
    forceDeleteWorkspace: (handle: string) =>
      call(workspaceRoutes.forceDelete, { params: { handle } }),
    getLifecycle: (handle: string) => call(lifecycleRoutes.get, { params: { handle } }),
    updateLifecycle: (handle: string, body: LifecycleUpdate) =>
      call(lifecycleRoutes.update, { params: { handle }, body }),
    keepAlive: (handle: string, minutes: number) =>
      call(lifecycleRoutes.keepAlive, { params: { handle }, body: { minutes } }),
    endKeepAlive: (handle: string) => call(lifecycleRoutes.endKeepAlive, { params: { handle } }),
    getLifecyclePolicy: () => call(lifecyclePolicyRoutes.get, {}),
    setLifecyclePolicy: (body: RouteInput<typeof lifecyclePolicyRoutes.set>['body']) =>
      call(lifecyclePolicyRoutes.set, { body }),
    getCosts: () => call(costRoutes.get, {}),
    setBudget: (amount: number | null) => call(costRoutes.setBudget, { body: { amount } }),
    createServer: (body: NewServer) => call(serverRoutes.create, { body }),
    inviteServer: (handle: string) => call(serverRoutes.invite, { params: { handle } }),
    showHost: (handle: string) => call(serverRoutes.showHost, { params: { handle } }),
    addHost: (handle: string) => call(serverRoutes.addHost, { params: { handle } }),
    removeHost: (handle: string) => call(serverRoutes.removeHost, { params: { handle } }),
    showServerJoin: (userCode: string) => call(serverRoutes.showJoin, { params: { userCode } }),
    approveServerJoin: (userCode: string, body: NewServer) =>
      call(serverRoutes.approveJoin, { params: { userCode }, body }),
    denyServerJoin: (userCode: string) => call(serverRoutes.denyJoin, { params: { userCode } }),
    getAgent: (handle: string) => call(agentRoutes.get, { params: { handle } }),
    rotateAgentKey: (handle: string) => call(agentRoutes.rotateKey, { params: { handle } }),
    decideQuarantine: (handle: string, decision: 'release' | 'dismiss') =>
      call(agentRoutes.decide, { params: { handle }, body: { decision } }),
    revokeAgent: (workspaceId: string) =>
      call(agentRoutes.revoke, { body: { kind: 'workspace', id: workspaceId } }),
    listTransitions: (handle: string) =>
      call(workspaceRoutes.timeline, { params: { handle }, query: { limit: 1 } }),
    getUsage: (handle: string, span: UsageSpan) =>
      call(usageRoutes.get, { params: { handle }, query: { span } }),
    listPorts: (handle: string) => call(portRoutes.list, { params: { handle } }),
    listLogs: (handle: string, query: RouteInput<typeof logRoutes.list>['query']) =>
      call(logRoutes.list, { params: { handle }, query }),
    searchLogs: (query: RouteInput<typeof logRoutes.search>['query']) =>
      call(logRoutes.search, { query }),
    getSshAuthority: () => call(sshRoutes.authority, {}),
    getSshLogin: (handle: string) => call(sshRoutes.login, { params: { handle } }),
    openTerminal: (handle: string, query: Record<string, string>) =>
      openApiSocket(options, `${pathOf(handle)}/terminal`, query),
    openPortForward: (handle: string) =>
      openApiTunnel(options, `${pathOf(handle)}/port-forward`, {
        protocol: PORT_FORWARD_SUBPROTOCOL,
      }),
    openLiveFeed: (): Promise<LiveFeed> =>
      openLiveFeed({ connect: () => openApiSocket(options, LIVE_PATH), signal: options.signal }),
  };
}

function pathOf(handle: string): string {
  return `${API_PREFIX}/workspaces/${encodeURIComponent(handle)}`;
}

interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

async function allPages<T>(
  load: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await load({ limit: PAGE_LIMIT, ...(cursor !== null && { cursor }) });
    // A server that answers the same cursor again would keep us here for ever.
    if (page.nextCursor !== null && page.nextCursor === cursor) break;
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
