import type { Queryable } from '@spt-flow/db/client';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { Port, PortList } from '@spt-flow/shared/api/ports';
import { AppError } from '@spt-flow/shared/domain/errors';
import { portLabel } from '@spt-flow/shared/domain/preview-label';
import {
  DEFAULT_SHARING,
  mayShareWorkspace,
  type SharingLevel,
} from '@spt-flow/shared/domain/sharing';
import type { Audit } from '../../lib/audit.ts';
import { auditName, deciding, type Principal } from '../../lib/principal.ts';
import type { OpenPorts } from './open-ports.ts';
import type { PortsRepository, PortWorkspace } from './ports-repository.ts';

/** Who decides about many ports decides about them one by one; nobody needs more than this. */
const MAX_SHARED_PORTS = 200;

export interface PortsServiceDeps {
  readonly repository: PortsRepository;
  readonly open: Pick<OpenPorts, 'of'>;
  readonly findWorkspace: (
    organizationId: string,
    handle: string,
  ) => Promise<{ readonly id: string }>;
  /** Where a preview with this first label of its host name answers. */
  readonly previewUrl: (label: string) => string;
  /** Ports that the project itself names, whether anything listens there or not. */
  readonly namesOf: (
    workspaceId: string,
  ) => Promise<readonly { readonly port: number; readonly label?: string | undefined }[]>;
  readonly audit: Audit;
  readonly publish: (topic: string, event: LiveEvent) => Promise<unknown>;
  /** Who may open a port of the organization has changed. */
  readonly onShared: (organizationId: string) => void;
}

export interface ShareInput {
  readonly handle: string;
  readonly port: number;
  readonly sharing: SharingLevel;
}

interface Known {
  readonly processes: ReadonlyMap<number, NonNullable<Port['process']>>;
  /** Of ports that are not shared as they are by default. */
  readonly sharing: ReadonlyMap<number, SharingLevel>;
  readonly labels: ReadonlyMap<number, string | undefined>;
}

export type PortsService = ReturnType<typeof createPortsService>;

export function createPortsService(deps: PortsServiceDeps) {
  const { repository } = deps;

  async function find(organizationId: string, handle: string): Promise<PortWorkspace> {
    const { id } = await deps.findWorkspace(organizationId, handle);
    const workspace = await repository.workspace(id);
    if (!workspace) throw new AppError('not_found');
    return workspace;
  }

  async function toApi(workspace: PortWorkspace): Promise<PortList> {
    const known = await knownOf(workspace);
    const numbers = new Set([
      ...known.processes.keys(),
      ...known.sharing.keys(),
      ...known.labels.keys(),
    ]);
    return {
      isSupported: deps.open.of(workspace.id)?.isSupported ?? true,
      items: [...numbers].sort((a, b) => a - b).map((port) => toPort(workspace, port, known)),
      app: toPort(workspace, workspace.appPort, known),
    };
  }

  async function knownOf(workspace: PortWorkspace): Promise<Known> {
    const ports = deps.open.of(workspace.id)?.ports ?? [];
    const names = await deps.namesOf(workspace.id);
    return {
      processes: new Map(ports.map(({ port, pid, name }) => [port, { pid, name }])),
      sharing: await sharingOf(workspace),
      labels: new Map(names.map(({ port, label }) => [port, label])),
    };
  }

  /** Every port that is not shared as ports are by default. */
  async function sharingOf(workspace: PortWorkspace): Promise<Map<number, SharingLevel>> {
    const { appPort, appSharing } = workspace;
    const others = (await repository.shared(workspace.id)).filter(({ port }) => port !== appPort);
    const app = appSharing === DEFAULT_SHARING.app ? [] : [{ port: appPort, sharing: appSharing }];
    return new Map([...app, ...others].map(({ port, sharing }) => [port, sharing]));
  }

  function toPort(workspace: PortWorkspace, port: number, known: Known): Port {
    const isApp = port === workspace.appPort;
    const label = known.labels.get(port);
    return {
      port,
      ...(label !== undefined && { label }),
      process: known.processes.get(port) ?? null,
      isApp,
      sharing: known.sharing.get(port) ?? DEFAULT_SHARING[isApp ? 'app' : 'other'],
      url: deps.previewUrl(isApp ? workspace.slug : portLabel(port, workspace.hostLabel)),
    };
  }

  async function store(
    workspace: PortWorkspace,
    change: { port: number; sharing: SharingLevel },
    tx: Queryable,
  ): Promise<void> {
    const { port, sharing } = change;
    if (port === workspace.appPort)
      return repository.setAppSharing(workspace.projectId, sharing, tx);
    if (sharing === DEFAULT_SHARING.other) return repository.removeSharing(workspace.id, port, tx);
    const shared = await repository.lockShared(workspace.id, tx);
    const isNew = !shared.some((row) => row.port === port);
    if (isNew && shared.length >= MAX_SHARED_PORTS)
      throw new AppError('limit_reached', `At most ${MAX_SHARED_PORTS} ports can be shared`);
    return repository.setSharing(workspace, change, tx);
  }

  async function announce(workspaceId: string): Promise<void> {
    const workspace = await repository.workspace(workspaceId);
    if (!workspace) return;
    await deps.publish(`organization:${workspace.organizationId}`, {
      type: 'ports.changed',
      workspaceId,
      ports: await toApi(workspace),
    });
  }

  return {
    /** Tells everybody in the organization how the workspace's ports look now. */
    announce,

    async list(principal: Principal, handle: string): Promise<PortList> {
      return toApi(await find(principal.organizationId, handle));
    },

    async share(principal: Principal, input: ShareInput, correlationId: string): Promise<Port> {
      const { handle, port, sharing } = input;
      const workspace = await find(principal.organizationId, handle);
      if (!mayShareWorkspace(workspace, deciding(principal)))
        throw new AppError('not_permitted', 'Only its owner and admins share a workspace’s ports');
      await repository.transaction(async (tx) => {
        await store(workspace, { port, sharing }, tx);
        await deps.audit.record(
          {
            organizationId: workspace.organizationId,
            principal: auditName(principal),
            action: 'port.share',
            target: `workspace:${workspace.id}`,
            correlationId,
            detail: { port, sharing },
          },
          tx,
        );
      });
      deps.onShared(workspace.organizationId);
      await announce(workspace.id);
      const changed = await find(principal.organizationId, workspace.id);
      return toPort(changed, port, await knownOf(changed));
    },
  };
}
