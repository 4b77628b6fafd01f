import type { FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { ControlPlaneConfig, ControlPlaneSecrets } from '@spt-flow/config/control-plane';
import type { DataPaths } from '../boot/data-directory.ts';
import type { RunningDatabase } from '../boot/database.ts';
import { createAuditLog } from '../features/audit/index.ts';
import {
  createAuthRepository,
  createAuthService,
  createCredentialCache,
  createCredentialCheck,
  createPreviewSessions,
  createPreviewSessionsRepository,
  createTokenService,
} from '../features/auth/index.ts';
import { createGroupsRepository, createGroupsService } from '../features/groups/index.ts';
import { createEventLog, wakeReplicas } from '../features/live/index.ts';
import { createMembership } from '../features/members/index.ts';
import {
  createProjectAccess,
  createProjectAccessRepository,
  createProjectAccessService,
} from '../features/project-access/index.ts';
import { createReplicas } from '../features/replicas/index.ts';
import { createSessions } from '../features/sessions/index.ts';
import { createSignIn } from '../features/sign-in/index.ts';
import { createAccessWatch } from '../lib/access-watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { Audit } from '../lib/audit.ts';
import { createRequestPath } from '../lib/request-path.ts';
import type { Tracer } from '../lib/tracing/tracer.ts';
import { createUpgradeRouter } from '../lib/upgrade-router.ts';
import type { AuthenticationOptions } from '../plugins/authentication.ts';

/** AppDeps is everything that comes from outside of the application. */
export interface AppDeps {
  readonly config: ControlPlaneConfig;
  readonly secrets: ControlPlaneSecrets;
  readonly version: string;
  /** Where the built files lie. */
  readonly distribution: string;
  readonly port: number;
  /** Where agents on this machine find the control plane, on loopback. */
  readonly agentPort: number;
  /** Unset: plain HTTP. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /** A backup of the database was restored: agents may be ahead of it. */
  readonly databaseRestored: boolean;
  /** E-mail address of who lost a password. */
  readonly newPasswordFor: string | undefined;
  readonly paths: DataPaths;
  readonly secretKey: string;
  readonly database: RunningDatabase;
  readonly logger: FastifyBaseLogger;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Undefined: nobody wants spans. */
  readonly tracer: Tracer | undefined;
  /** The control plane's own environment, of which local workspaces see a few named variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
}

export type Core = ReturnType<typeof createCore>;

/** createCore builds what every feature stands on: events, audit, sign-in, upgrades. */
export function createCore(deps: AppDeps) {
  const { clock, config, secretKey } = deps;
  const { db } = deps.database.connection;
  const scheme = deps.certificate ? 'https' : 'http';
  const publicUrl = (config.publicUrl ?? `${scheme}://localhost:${deps.port}`).replace(/\/$/, '');
  const repository = createAuthRepository(db);
  const previewSessions = createPreviewSessionsRepository(db);
  const credentials = createCredentialCache(
    createCredentialCheck(repository, previewSessions, clock),
    clock,
  );
  const onError = (error: unknown, subject?: unknown) =>
    deps.logger.error({ err: error, subject }, 'background work failed');
  const { auditDays: keepDays, replicaAddress: address } = config;
  const auditLog = createAuditLog({ db, secretKey, keepDays, clock, onError });
  const { audit } = auditLog;
  const announce = (topic: string) => wakeReplicas(db, topic);
  const access = createAccessWatch({ announce, onError });
  access.onChange(credentials.forget);
  const onRevoked = access.changed;
  const teams = createTeams(deps, { audit, onChanged: onRevoked });
  access.onChange(teams.projectAccess.forget);
  const authentication: AuthenticationOptions = {
    credentials,
    isOwnOrigin: (origin, host) => origin === new URL(publicUrl).origin || isHostOf(origin, host),
    secureCookies: publicUrl.startsWith('https:'),
  };
  const { passwords } = config.signIn;
  const auth = createAuthService({ repository, audit, clock, onRevoked, passwords });
  const requestPath = createRequestPath(config.trustedProxies);
  const replicas = createReplicas({ db, clock, onError, secretKey, address });
  return {
    ...{ db, replicas, ...teams },
    sessions: createSessions({
      ...{ db, secretKey, announce, audit, clock, onError },
      replicaId: replicas.id,
      limits: config.recordings,
    }),
    ...{ requestPath, addressOf: requestPath.addressOf },
    publicUrl,
    previewUrl: (label: string) =>
      previewUrl(label, { publicUrl, domain: config.previewDomain, port: deps.port }),
    audit,
    auditLog,
    access,
    events: createEventLog(db),
    upgradeRouter: createUpgradeRouter(),
    authentication,
    credentials,
    previewSessions: createPreviewSessions({ repository: previewSessions, audit }),
    auth,
    membership: createMembership({
      ...{ db, accounts: repository, auth, audit, clock, publicUrl, onRevoked, passwords },
    }),
    signIn: createSignIn({
      ...{ db, accounts: repository, auth, audit, clock, publicUrl, onRevoked },
      settings: config.signIn,
      secrets: deps.secrets,
      secretKey: deps.secretKey,
      warn: (message) => deps.logger.warn(message),
    }),
    tokens: createTokenService({ repository, audit, clock, publicUrl, onRevoked }),
    onError,
  };
}

/** Who is in which group, and who reaches which project. */
function createTeams(
  { database, clock, config }: AppDeps,
  { audit, onChanged }: { audit: Audit; onChanged: (organizationId: string) => void },
) {
  const { db } = database.connection;
  const { oidc, github } = config.signIn;
  const repository = createProjectAccessRepository(db);
  return {
    projectAccess: createProjectAccess({ repository, clock }),
    projectAccessService: createProjectAccessService({ repository, audit, onChanged }),
    groups: createGroupsService({
      ...{ repository: createGroupsRepository(db), audit, onChanged },
      tellGroups: [
        ...(oidc ? ['oidc' as const] : []),
        ...(github?.roles ? ['github' as const] : []),
      ],
    }),
  };
}

/** The Host header was checked against our names before, so an origin that equals it is ours. */
function isHostOf(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function previewUrl(
  label: string,
  where: { publicUrl: string; domain: string; port: number },
): string {
  const { protocol, port } = new URL(where.publicUrl);
  return `${protocol}//${label}.${where.domain}${port === '' ? '' : `:${port}`}`;
}
