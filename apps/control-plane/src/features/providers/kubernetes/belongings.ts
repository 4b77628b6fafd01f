import { createExclusive } from '../../../lib/exclusive.ts';
import type { WorkspaceFiles, WorkspaceSpec } from '../provider.ts';
import { LABELS, labelsOf, selectorOf } from '../labels.ts';
import { projectPolicyName, RUN_ANNOTATION, secretName } from './names.ts';
import { projectPolicyOf, workspacePolicyOf } from './network-policies.ts';
import { workspaceOf, type Kind, type KubernetesObject, type Objects } from './objects.ts';
import { secretOf } from './secret.ts';
import type { ControlPlaneLink, PodInput } from './settings.ts';
import { statefulSetOf } from './stateful-set.ts';
import { claimOf } from './volume.ts';

/** Secrets go with their StatefulSet. */
const KEPT: readonly Kind[] = ['StatefulSet', 'NetworkPolicy', 'PersistentVolumeClaim'];

/** Belongings are what workspaces have in a cluster besides their pods. */
export interface Belongings {
  /** Makes the volume of a workspace where there is none yet. */
  ensureVolume(files: Pick<WorkspaceFiles, 'workspaceId' | 'projectId' | 'size'>): Promise<void>;
  /** Makes all that the pod of one start needs; the pod itself is asked for by who scales the StatefulSet. */
  prepare(spec: WorkspaceSpec, runId: string): Promise<void>;
  /** Also what an earlier removal left that was interrupted. */
  remove(workspaceId: string): Promise<void>;
  /** By workspace, in words for people. */
  present(): Promise<Map<string, string[]>>;
}

interface BelongingsOptions extends PodInput {
  readonly installationId: string;
  readonly link: ControlPlaneLink;
}

export function createBelongings(objects: Objects, options: BelongingsOptions): Belongings {
  const { installationId: installation, settings, link } = options;
  /** A workspace that comes must not lose the policy of its project to the last one that goes. */
  const projectTurns = createExclusive();

  /** The policy of a project goes with its last workspace, and before that: who is interrupted finds it again. */
  async function releaseProject(project: string, workspaceId: string): Promise<void> {
    const labels = labelsOf({ installation, project });
    const claims = await objects.list('PersistentVolumeClaim', labels);
    const others = claims.filter((claim) => workspaceOf(claim) !== workspaceId);
    if (others.some(({ metadata }) => metadata.deletionTimestamp === undefined)) return;
    const policies = await objects.list('NetworkPolicy', labels);
    for (const policy of policies)
      if (policy.metadata.name === projectPolicyName(project))
        await objects.remove('NetworkPolicy', policy);
  }

  async function listKept(workspaceId?: string) {
    const found: { readonly kind: Kind; readonly object: KubernetesObject }[] = [];
    for (const kind of KEPT)
      for (const object of await objects.list(kind, selectorOf(installation, workspaceId)))
        found.push({ kind, object });
    return found;
  }

  function ensureVolume(
    files: Pick<WorkspaceFiles, 'workspaceId' | 'projectId' | 'size'>,
  ): Promise<void> {
    const { workspaceId: workspace, projectId: project } = files;
    const labels = labelsOf({ installation, project, workspace });
    return projectTurns.run(project, async () => {
      await objects.ensure(claimOf(files, labels, settings));
      await objects.apply(projectPolicyOf(project, labelsOf({ installation, project })));
    });
  }

  return {
    ensureVolume,

    async prepare(spec, runId) {
      const { workspaceId, projectId: project } = spec;
      const labels = labelsOf({ installation, project, workspace: workspaceId });
      const { entranceNamespace } = settings;
      await ensureVolume({ ...spec, size: spec.settings.size });
      await objects.apply(await workspacePolicyOf({ spec, labels, link, entranceNamespace }));
      const before = await objects.list('StatefulSet', labels);
      const statefulSet = await objects.apply(statefulSetOf({ ...options, spec, labels, runId }));
      const join = await spec.join();
      await objects.create(secretOf({ spec, labels, runId, link, join, statefulSet }));
      for (const { metadata } of before) {
        const last = metadata.annotations[RUN_ANNOTATION];
        if (last !== undefined) await objects.removeNamed('Secret', secretName(workspaceId, last));
      }
    },

    async remove(workspaceId) {
      const kept = await listKept(workspaceId);
      const project = kept[0]?.object.metadata.labels[LABELS.project];
      if (project === undefined) return;
      await projectTurns.run(project, async () => {
        await releaseProject(project, workspaceId);
        for (const { kind, object } of kept) await objects.remove(kind, object);
      });
    },

    async present() {
      const present = new Map<string, string[]>();
      for (const { kind, object } of await listKept()) {
        const workspaceId = workspaceOf(object);
        const { name, deletionTimestamp } = object.metadata;
        if (workspaceId === undefined || deletionTimestamp !== undefined) continue;
        const found = present.get(workspaceId) ?? [];
        present.set(workspaceId, [...found, `${kind} ${name}`]);
      }
      return present;
    },
  };
}
