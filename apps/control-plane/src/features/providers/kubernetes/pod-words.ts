import { AppError } from '@spt-flow/shared/domain/errors';
import { endWords } from '../end-words.ts';
import { MAIN_CONTAINER } from './names.ts';
import { conditionOf, mainOf, type ContainerStatus, type Pod } from './pod.ts';

const MAX_WORDS = 400;
/** Given up, and what can't be done with the image: what is tried again by itself is not among them. */
const IMAGE_FAILURES: Readonly<Partial<Record<string, string>>> = {
  ImagePullBackOff: 'fetched',
  InvalidImageName: 'fetched',
  ErrImageNeverPull: 'fetched',
  ImageInspectError: 'fetched',
  RegistryUnavailable: 'fetched',
  SignatureValidationFailed: 'fetched',
  CreateContainerConfigError: 'used',
  CreateContainerError: 'used',
  RunContainerError: 'used',
};

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
  if (ended)
    return endWords({
      exitCode: ended.exitCode,
      isOutOfMemory: ended.reason === 'OOMKilled',
      memoryBytes: limits.memoryBytes,
      lastWords: lastLineOf(ended.message),
    });
  return phase === 'Failed' ? 'The pod failed' : undefined;
}

/** Who removes it by an eviction, a drain or for a more important pod says so. */
function removalOf(pod: Pod): string {
  const disruption = conditionOf(pod, 'DisruptionTarget');
  if (!disruption) return 'The pod is removed by somebody else';
  return `The pod is removed (${disruption.reason}): ${cut(disruption.message)}`;
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
  const verb = IMAGE_FAILURES[reason];
  if (verb !== undefined)
    return new AppError(
      'image_unusable',
      `The image "${image}" can't be ${verb} (${reason}): ${cut(message)}`,
    );
  const ended = state.terminated ?? lastState.terminated;
  if (!ended || ended.exitCode === 0 || name === MAIN_CONTAINER) return undefined;
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
