import type { WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceSpec } from '../provider.ts';
import { AGENT_DIRECTORY, ENTRANCE_DIRECTORY, WORKSPACE_DIRECTORY } from '../container-paths.ts';
import { containerEnvironment } from '../container-environment.ts';
import { limitsOf } from '../limits.ts';
import { keptAgent } from '../kept-agent.ts';
import { LABELS, type Labels } from '../labels.ts';
import { MAIN_CONTAINER, MEMORY_ANNOTATION, nameOf, RUN_ANNOTATION, secretName } from './names.ts';
import type { Manifest } from './objects.ts';
import { LAUNCH, PREPARE } from './pod-scripts.ts';
import { gpuTolerations, resourcesOf, tmpBytesOf } from './resources.ts';
import { SETTINGS_FILE } from './secret.ts';
import type { PodInput, Toleration } from './settings.ts';
import { partsOf } from './volume.ts';

const AGENT_BYTES = 512 * 1024 * 1024;
/** As long as people's programs have to end by themselves when a node is drained. */
const GRACE_SECONDS = 30;
/** Nobody can become more than they are, whatever the image says. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};

export interface StatefulSetInput extends PodInput {
  readonly spec: WorkspaceSpec;
  readonly labels: Labels;
  /** Tells this start from those before. */
  readonly runId: string;
}

/** statefulSetOf is a workspace as a cluster knows it, without a word on whether it runs; nothing in it is secret. */
export function statefulSetOf(input: StatefulSetInput): Manifest {
  const { spec, labels, runId } = input;
  const name = nameOf(spec.workspaceId);
  const annotations = {
    [RUN_ANNOTATION]: runId,
    [MEMORY_ANNOTATION]: String(limitsOfPod(input).memoryBytes),
  };
  return {
    kind: 'StatefulSet',
    metadata: { name, labels, annotations },
    spec: {
      serviceName: name,
      selector: { matchLabels: { [LABELS.workspace]: spec.workspaceId } },
      // A start ends what runs itself: a change alone must not.
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels, annotations },
        spec: podOf(input),
      },
    },
  };
}

/** limitsOfPod: there are no services beside it. */
export function limitsOfPod({ spec, caps }: Pick<StatefulSetInput, 'spec' | 'caps'>) {
  return limitsOf({ settings: spec.settings, container: null }, caps).own;
}

function podOf(input: StatefulSetInput) {
  const { spec, settings, runId } = input;
  const limits = limitsOfPod(input);
  return {
    ...basicsOf(settings, gpuTolerations(spec.settings.gpus)),
    terminationGracePeriodSeconds: GRACE_SECONDS,
    ...containersOf(input, limits),
    volumes: [
      filesOf(spec.workspaceId),
      { name: 'agent', emptyDir: { sizeLimit: String(AGENT_BYTES) } },
      { name: 'tmp', emptyDir: { sizeLimit: String(tmpBytesOf(limits)) } },
      {
        name: 'entrance',
        secret: { secretName: secretName(spec.workspaceId, runId), defaultMode: 0o440 },
      },
    ],
  };
}

/** basicsOf is what all pods of workspaces have: where they may run, and as whom. */
export function basicsOf(settings: PodInput['settings'], more: readonly Toleration[] = []) {
  const { uid, gid, runtimeClass, nodeSelector, tolerations, imagePullSecrets } = settings;
  return {
    ...{ automountServiceAccountToken: false, enableServiceLinks: false },
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: uid, runAsGroup: gid },
      ...{ fsGroup: gid, fsGroupChangePolicy: 'OnRootMismatch' },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...{ nodeSelector, tolerations: [...tolerations, ...more] },
    imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
    ...(runtimeClass !== null && { runtimeClassName: runtimeClass }),
  };
}

export function filesOf(workspaceId: string) {
  return { name: 'files', persistentVolumeClaim: { claimName: nameOf(workspaceId) } };
}

function containersOf(input: StatefulSetInput, limits: WorkspaceLimits) {
  const { spec, settings, defaultImage } = input;
  const common = {
    imagePullPolicy: 'IfNotPresent',
    // The cause of an end, without asking its node.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: resourcesOf(limits),
    securityContext: CONTAINER_SECURITY,
  };
  const image = spec.settings.image ?? defaultImage;
  return {
    initContainers: [
      { ...common, ...agentCopy(settings) },
      { ...common, ...preparation(spec, settings), image },
    ],
    containers: [
      {
        ...{ name: MAIN_CONTAINER, image, ...common },
        resources: resourcesOf(limits, spec.settings.gpus),
        command: ['/bin/sh', '-c', LAUNCH, 'launch', ...agentCommand()],
        workingDir: WORKSPACE_DIRECTORY,
        env: variablesOf({
          ...containerEnvironment(settings.home),
          ...spec.settings.environment,
        }),
        volumeMounts: [
          ...partsOf(spec, settings),
          { name: 'agent', mountPath: AGENT_DIRECTORY, readOnly: true },
          { name: 'entrance', mountPath: ENTRANCE_DIRECTORY, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
  };
}

/** Brings the agent's program, which no image has to have. */
function agentCopy({ agentImage }: PodInput['settings']) {
  return {
    ...{ name: 'agent', image: agentImage },
    args: ['copy-to', AGENT_DIRECTORY],
    volumeMounts: [{ name: 'agent', mountPath: AGENT_DIRECTORY }],
  };
}

/** Makes the folders of the volume that belong to this revision of the workspace. */
function preparation({ revision }: WorkspaceSpec, { home }: PodInput['settings']) {
  return {
    name: 'prepare',
    command: ['/bin/sh', '-c', PREPARE],
    env: variablesOf({ HOME: home, REVISION: String(revision) }),
    volumeMounts: [{ name: 'files', mountPath: '/parts' }],
  };
}

function agentCommand(): string[] {
  const settings = `${ENTRANCE_DIRECTORY}/${SETTINGS_FILE}`;
  return keptAgent([`${AGENT_DIRECTORY}/spt-flow-agent`, 'run', '--config-file', settings]);
}

/** Values as they are: to the cluster `$(NAME)` is another one's value, and two dollars are one. */
function variablesOf(environment: Readonly<Record<string, string>>) {
  return Object.entries(environment).map(([name, value]) => ({
    name,
    value: value.replaceAll('$', () => '$$'),
  }));
}
