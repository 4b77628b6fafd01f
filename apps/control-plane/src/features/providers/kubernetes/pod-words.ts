import { AppError } from '@spt-flow/shared/domain/errors';
import { conditionOf, mainOf, type ContainerStatus, type Pod, type Terminated } from './pod.ts';

const MIB = 1024 * 1024;
const MAX_WORDS = 400;
/** Given up: what is tried again by itself is not among them. */
const IMAGE_FAILURES = [
  ...['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'],
  ...['RegistryUnavailable', 'SignatureValidationFailed'],
];
const CREATION_FAILURES = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
];
const SIGKILL = 137;

/** Limits that words of a failure name. */
export interface Limited {
  readonly memoryBytes: number;
}

/** endOf says in plain words why a workspace does not run that did; undefined: it does. */
export function endOf(pod: Pod | undefined, limits: Limited): string | undefined {
  if (!pod) return 'The pod was removed by somebody else';
  const { reason, message, phase } = pod.status;
  if (reason !== '') return `The pod was ended (${reason}): ${cut(message)}`;
  if (pod.metadata.deletionTimestamp !== undefined) return removalOf(pod);
  const main = mainOf(pod);
  const ended =
    main?.state.terminated ?? (main?.restartCount ? main.lastState.terminated : undefined);
  if (ended) return exitOf(ended, limits);
  return phase === 'Failed' ? 'The pod failed' : undefined;
}

/** Who removes it by an eviction, a drain or for a more important pod says so. */
function removalOf(pod: Pod): string {
  const disruption = conditionOf(pod, 'DisruptionTarget');
  if (!disruption) return 'The pod is removed by somebody else';
  return `The pod is removed (${disruption.reason}): ${cut(disruption.message)}`;
}

function exitOf({ exitCode, reason, message }: Terminated, { memoryBytes }: Limited): string {
  if (reason === 'OOMKilled')
    return `The workspace needed more memory than its ${Math.round(memoryBytes / MIB)} MiB`;
  const how =
    exitCode === SIGKILL
      ? 'The container was ended by SIGKILL'
      : `The agent ended with exit code ${exitCode}`;
  const words = lastLineOf(message);
  return words ? `${how}: ${words}` : how;
}

/** failureOf is why a pod that is being started won't start by itself; undefined: it may. */
export function failureOf(pod: Pod, limits: Limited): AppError | undefined {
  const { initContainerStatuses: first, containerStatuses: main } = pod.status;
  for (const container of [...first, ...main]) {
    const failure = containerFailure(container);
    if (failure) return failure;
  }
  const cause = pod.metadata.deletionTimestamp === undefined ? endOf(pod, limits) : undefined;
  return cause === undefined ? undefined : new AppError('workspace_start_failed', cause);
}

function containerFailure({
  name,
  image,
  state,
  lastState,
}: ContainerStatus): AppError | undefined {
  const { reason = '', message = '' } = state.waiting ?? {};
  if (IMAGE_FAILURES.includes(reason))
    return new AppError(
      'image_unusable',
      `The image "${image}" can't be fetched (${reason}): ${cut(message)}`,
    );
  if (CREATION_FAILURES.includes(reason))
    return new AppError(
      'image_unusable',
      `The image "${image}" can't be used (${reason}): ${cut(message)}`,
    );
  const ended = state.terminated ?? lastState.terminated;
  if (!ended || ended.exitCode === 0 || name === 'workspace') return undefined;
  return new AppError(
    'workspace_start_failed',
    `The step "${name}" failed with exit code ${ended.exitCode}: ${lastLineOf(ended.message)}`,
  );
}

/** Wait is what a pod that is being started waits for. */
export interface Wait {
  /** For people. */
  readonly words: string;
  /** Of the failure, if that never comes. */
  readonly code: AppError['code'];
  /** Only somebody else can bring it. */
  readonly isForRoom: boolean;
}

export function waitOf(pod: Pod | undefined): Wait {
  if (!pod) {
    const words = 'Waiting for the cluster to make the pod';
    return { words, code: 'workspace_start_failed', isForRoom: true };
  }
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    const words = cut(scheduled.message);
    return /volume/i.test(words)
      ? { words: `No volume yet: ${words}`, code: 'cluster_volume_pending', isForRoom: true }
      : { words: `No node has room yet: ${words}`, code: 'cluster_no_room', isForRoom: true };
  }
  return { words: preparationOf(pod), code: 'workspace_start_failed', isForRoom: false };
}

function preparationOf({ spec, status }: Pod): string {
  const { initContainerStatuses: first, containerStatuses: main } = status;
  const waiting = [...first, ...main].find(({ state }) => state.waiting !== undefined);
  const { reason = '', message = '' } = waiting?.state.waiting ?? {};
  if (reason === 'ErrImagePull')
    return `The image "${waiting?.image}" is not there yet: ${cut(message)}`;
  if (spec.nodeName === undefined) return 'Waiting for a node';
  const isPreparing = first.some(({ state }) => state.running !== undefined);
  return isPreparing ? 'Bringing the agent in' : `Preparing on ${spec.nodeName}`;
}

function cut(words: string): string {
  return words.trim().slice(0, MAX_WORDS);
}

function lastLineOf(text: string): string {
  return cut(text.trim().split('\n').at(-1) ?? '');
}
