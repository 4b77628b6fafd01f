import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { carries, LABELS, selectorOf, type Labels } from '../labels.ts';
import { hasStatus, unlessMissing } from './api-error.ts';
import type { ClusterClient } from './cluster-client.ts';

/** Kinds that a workspace consists of, and where the API has them. */
const KINDS = {
  StatefulSet: { path: '/apis/apps/v1', plural: 'statefulsets', apiVersion: 'apps/v1' },
  Pod: { path: '/api/v1', plural: 'pods', apiVersion: 'v1' },
  PersistentVolumeClaim: { path: '/api/v1', plural: 'persistentvolumeclaims', apiVersion: 'v1' },
  Secret: { path: '/api/v1', plural: 'secrets', apiVersion: 'v1' },
  Event: { path: '/api/v1', plural: 'events', apiVersion: 'v1' },
  NetworkPolicy: {
    ...{ path: '/apis/networking.k8s.io/v1', plural: 'networkpolicies' },
    apiVersion: 'networking.k8s.io/v1',
  },
} as const;
export type Kind = keyof typeof KINDS;

/** What we make, without what is the same for all. */
export interface Manifest {
  readonly kind: Kind;
  readonly metadata: {
    readonly name: string;
    readonly labels: Labels;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

const MetadataSchema = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
});
export const ObjectSchema = z.object({ metadata: MetadataSchema });
export type KubernetesObject = z.infer<typeof ObjectSchema>;

/** Who writes what, to the API server. */
const FIELD_MANAGER = 'spt-flow';

export interface Objects {
  path(kind: Kind, name?: string): string;
  list(kind: Kind, labels: Labels): Promise<KubernetesObject[]>;
  listAs<T>(kind: Kind, labels: Labels, schema: z.ZodType<T>): Promise<T[]>;
  /** Makes it, or makes it so again; AppError `workspace_start_failed`: the name is somebody else's. */
  apply(manifest: Manifest): Promise<KubernetesObject>;
  /** Makes it where there is none yet. */
  ensure(manifest: Manifest): Promise<void>;
  /** For what may not be read: its name is new. */
  create(manifest: Manifest): Promise<void>;
  scale(name: string, replicas: number): Promise<void>;
  /** Of what may not be read. */
  removeNamed(kind: Kind, name: string): Promise<void>;
  /** Of exactly this one: another one of the same name stays. */
  remove(kind: Kind, object: KubernetesObject, graceSeconds?: number): Promise<void>;
}

/** createObjects keeps to one namespace, and to what carries the mark of one installation. */
export function createObjects(
  client: ClusterClient,
  { namespace, installationId }: { namespace: string; installationId: string },
): Objects {
  const path = (kind: Kind, name?: string) =>
    `${KINDS[kind].path}/namespaces/${namespace}/${KINDS[kind].plural}${name === undefined ? '' : `/${name}`}`;

  async function listAs<T>(kind: Kind, labels: Labels, schema: z.ZodType<T>): Promise<T[]> {
    const query = new URLSearchParams({ labelSelector: selectorText(labels) });
    const answer = await client.ask({ path: `${path(kind)}?${query.toString()}` });
    return z.object({ items: z.array(schema) }).parse(answer).items;
  }

  async function own(kind: Kind, name: string): Promise<KubernetesObject | undefined> {
    const answer = await unlessMissing(client.ask({ path: path(kind, name) }));
    if (answer === undefined) return undefined;
    const found = ObjectSchema.parse(answer);
    if (carries(found.metadata.labels, selectorOf(installationId))) return found;
    throw new AppError(
      'workspace_start_failed',
      `The namespace "${namespace}" has a ${kind} "${name}" that is not of this installation: rename or remove it`,
    );
  }

  async function create(manifest: Manifest): Promise<void> {
    const { kind } = manifest;
    const body = { apiVersion: KINDS[kind].apiVersion, ...manifest };
    await client.ask({ method: 'POST', path: path(kind), body });
  }

  return {
    ...{ path, listAs, create },

    list: (kind, labels) => listAs(kind, labels, ObjectSchema),

    async apply(manifest) {
      const { kind, metadata } = manifest;
      await own(kind, metadata.name);
      const answer = await client.ask({
        method: 'PATCH',
        path: `${path(kind, metadata.name)}?fieldManager=${FIELD_MANAGER}&force=true`,
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: KINDS[kind].apiVersion, ...manifest },
      });
      return ObjectSchema.parse(answer);
    },

    async ensure(manifest) {
      if (!(await own(manifest.kind, manifest.metadata.name))) await create(manifest);
    },

    async removeNamed(kind, name) {
      await unlessMissing(client.ask({ method: 'DELETE', path: path(kind, name) }));
    },

    async scale(name, replicas) {
      await client.ask({
        method: 'PATCH',
        path: path('StatefulSet', name),
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas } },
      });
    },

    async remove(kind, { metadata: { name, uid } }, graceSeconds) {
      const body = {
        preconditions: { uid },
        propagationPolicy: 'Background',
        ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
      };
      const removal = client.ask({ method: 'DELETE', path: path(kind, name), body });
      await unlessMissing(removal).catch((error: unknown) => {
        // It went, and another one came.
        if (!hasStatus(error, 409)) throw error;
      });
    },
  };
}

export function selectorText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** workspaceOf is undefined for what belongs to none. */
export function workspaceOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.labels[LABELS.workspace];
}
