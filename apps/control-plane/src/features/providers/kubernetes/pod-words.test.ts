import { describe, expect, it } from 'vitest';
import { endOf, failureOf, waitOf } from './pod-words.ts';
import { PodSchema } from './pod.ts';

const LIMITS = { memoryBytes: 2 * 1024 ** 3 };

function pod(status: object, metadata: object = {}) {
  const own = { name: 'p', uid: 'u', resourceVersion: '1', ...metadata };
  return PodSchema.parse({ metadata: own, spec: { nodeName: 'node-7' }, status });
}

function main(state: object, more: object = {}) {
  return pod({ containerStatuses: [{ name: 'workspace', image: 'an/image:1', state, ...more }] });
}

describe('endOf', () => {
  it.each([
    ['nothing of one that runs', main({ running: {} }), undefined],
    ['that it is gone', undefined, 'The pod was removed by somebody else'],
    [
      'that its memory was too small, also after the node began it anew',
      main(
        { running: {} },
        { restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      ),
      'The workspace needed more memory than its 2048 MiB',
    ],
    [
      'with which words it ended',
      main({ terminated: { exitCode: 78, message: 'first\nthe last line\n' } }),
      'The agent ended with exit code 78: the last line',
    ],
    [
      'that its node had no room left',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on: memory.' }),
      'The pod was ended (Evicted): The node was low on: memory.',
    ],
    [
      'who drains its node',
      pod(
        {
          conditions: [
            {
              ...{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
              message: 'Eviction API: evicting',
            },
          ],
        },
        { deletionTimestamp: '2026-01-01T00:00:00Z' },
      ),
      'The pod is removed (EvictionByEvictionAPI): Eviction API: evicting',
    ],
  ])('says %s', (_what, found, words) => {
    expect(endOf(found, LIMITS)).toBe(words);
  });
});

describe('failureOf', () => {
  it.each([
    ['ImagePullBackOff', 'image_unusable'],
    ['CreateContainerConfigError', 'image_unusable'],
  ])('knows that %s is not mended by waiting', (reason, code) => {
    const failure = failureOf(main({ waiting: { reason, message: 'not found' } }), LIMITS);

    expect(failure).toMatchObject({ code, message: expect.stringContaining('an/image:1') });
  });

  it('names the step that brings things in, with its last words', () => {
    const broken = { name: 'prepare', state: { terminated: { exitCode: 1, message: 'no cp\n' } } };

    expect(failureOf(pod({ initContainerStatuses: [broken] }), LIMITS)?.message).toBe(
      'The step "prepare" failed with exit code 1: no cp',
    );
  });

  it('waits for what comes by itself', () => {
    expect(failureOf(main({ waiting: { reason: 'ErrImagePull' } }), LIMITS)).toBeUndefined();
  });
});

describe('waitOf', () => {
  it('tells what only somebody else can bring', () => {
    const unscheduled = (message: string) =>
      waitOf(pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] }));

    expect(unscheduled('0/3 nodes are available: 3 Insufficient cpu.')).toMatchObject({
      ...{ code: 'cluster_no_room', isForRoom: true },
    });
    expect(unscheduled('pod has unbound immediate PersistentVolumeClaims')).toMatchObject({
      code: 'cluster_volume_pending',
    });
    expect(waitOf(pod({})).words).toBe('Preparing on node-7');
  });
});
