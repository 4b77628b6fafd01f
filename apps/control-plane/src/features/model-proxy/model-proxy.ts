import type { Database } from '@spt-flow/db/client';
import type { ModelUse } from '@spt-flow/shared/api/model-use';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Principal } from '../../lib/principal.ts';
import type { WorkspaceRow } from '../workspaces/index.ts';
import { createAccessRepository } from './access-repository.ts';
import { createModelAccess } from './model-access.ts';
import { openModelDesk, type ModelDesk, type ModelDeskDeps } from './model-desk.ts';
import { createModelList } from './model-list.ts';
import { createOffer, type WorkspaceTraces } from './model-offer.ts';
import {
  createModelServices,
  type ModelServices,
  type ModelServicesConfig,
} from './model-services.ts';
import { createModelUseRepository } from './model-use-repository.ts';
import { createOpenRequests, DEFAULT_LIMITS, type RequestLimits } from './open-requests.ts';
import { createPassOn, type PassOnDeps } from './pass-on.ts';
import { createServeRequest } from './serve-request.ts';

export interface ModelProxyDeps extends PassOnDeps, ModelServicesConfig {
  readonly db: Database;
  /** With the agents that are connected to this replica. */
  readonly hub: ModelDeskDeps['hub'];
  readonly audit: Audit;
  readonly clock: Clock;
  /** False: no workspace is offered any. */
  readonly isOn: boolean;
  /** Null: tools are told of no place for their traces. */
  readonly traces: WorkspaceTraces | null;
  readonly findWorkspace: (organizationId: string, handle: string) => Promise<WorkspaceRow>;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly limits?: Partial<RequestLimits>;
  readonly tokenLifetimeSeconds?: number;
}

export interface ModelProxy extends ModelDesk {
  use(principal: Principal, handle: string): Promise<ModelUse>;
}

/** createModelProxy lets tools in workspaces ask the models whose keys stay here; from now on it serves them. */
export function createModelProxy(deps: ModelProxyDeps): ModelProxy {
  const { db, hub, audit, clock, onError, spending } = deps;
  const { prices } = spending;
  const services: ModelServices = deps.isOn ? createModelServices(deps) : new Map();
  const offer = createOffer(services, { prices, traces: deps.traces });
  const isEmpty = offer.offers.length === 0 && deps.traces === null;
  const use = createModelUseRepository(db);
  const access = createModelAccess({
    ...{ repository: createAccessRepository(db), audit, clock },
    lifetimeSeconds: deps.tokenLifetimeSeconds,
  });
  const desk = openModelDesk({
    ...{ hub, offer, onError },
    access: isEmpty ? { ...access, isOffered: async () => false } : access,
    serve: createServeRequest({
      ...{ access, services, onError },
      models: createModelList({ prices, clock }),
      openRequest: createOpenRequests({ ...DEFAULT_LIMITS, ...deps.limits }, clock),
      passOn: createPassOn(deps),
    }),
  });
  return {
    ...desk,
    async use({ organizationId }, handle) {
      const { id } = await deps.findWorkspace(organizationId, handle);
      const isOffered = services.size > 0 && (await access.isOffered(id));
      return { isOffered, models: await use.ofWorkspace(id) };
    },
  };
}
