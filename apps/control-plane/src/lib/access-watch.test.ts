import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createAccessWatch, type AccessWatch } from './access-watch.ts';

let rights: Set<string>;
let ended: string[];
let errors: unknown[];
let forgotten: number;
let replicas: AccessWatch[];
let isTold: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  [rights, ended, errors, forgotten, isTold] = [new Set(['ada', 'eve']), [], [], 0, true];
  replicas = [createReplica(), createReplica()];
});
afterEach(() => {
  for (const replica of replicas) replica.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function createReplica(): AccessWatch {
  const replica = createAccessWatch({
    announce: async (topic) => {
      if (!isTold) throw new Error('no database');
      for (const other of replicas) other.onNotice(topic);
    },
    onError: (error) => void errors.push(error),
  });
  replica.onChange(() => (forgotten += 1));
  return replica;
}

function connect(name: string, organizationId = 'team', [replica] = replicas): () => void {
  const isAllowed = async () => rights.has(name);
  return replica?.watch({ organizationId, isAllowed, end: () => void ended.push(name) }) ?? vi.fn();
}

function change(organizationId = 'team'): void {
  replicas[0]?.changed(organizationId);
}

describe('the access watch', () => {
  it('ends connections that lost their right, on every replica, and those only', async () => {
    connect('ada');
    connect('eve');
    connect('eve', 'team', replicas.slice(1));
    rights.delete('eve');

    change();

    await vi.waitFor(() => expect(ended).toEqual(['eve', 'eve']));
    expect(forgotten).toBe(2);
  });

  it('leaves other organizations and closed connections alone', async () => {
    connect('eve', 'others');
    connect('eve')();
    connect('mallory');
    rights.clear();

    change();

    await vi.waitFor(() => expect(ended).toEqual(['mallory']));
  });

  it('ends what no event told within a minute', async () => {
    connect('eve');
    rights.delete('eve');

    await vi.advanceTimersByTimeAsync(60_000);

    expect(ended).toEqual(['eve']);
  });

  it('checks again what changed while it was checking', async () => {
    let answer: (isAllowed: boolean) => void = vi.fn();
    const isAllowed = vi.fn(async () => rights.has('ada'));
    isAllowed.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    replicas[0]?.watch({ organizationId: 'team', isAllowed, end: () => void ended.push('ada') });
    change();
    rights.delete('ada');

    change();
    answer(true);

    await vi.waitFor(() => expect(ended).toEqual(['ada']));
  });

  it('keeps a connection that nothing can be said about, and goes on with the next', async () => {
    const failure = new AppError('database_unavailable');
    replicas[0]?.watch({
      organizationId: 'team',
      isAllowed: () => Promise.reject(failure),
      end: () => void ended.push('ada'),
    });
    connect('eve');
    rights.delete('eve');

    change();

    await vi.waitFor(() => expect(ended).toEqual(['eve']));
    expect(errors).toEqual([failure]);
  });

  it('ends what is refused', async () => {
    replicas[0]?.watch({
      organizationId: 'team',
      isAllowed: () => Promise.reject(new AppError('not_found')),
      end: () => void ended.push('ada'),
    });

    change();

    await vi.waitFor(() => expect(ended).toEqual(['ada']));
    expect(errors).toEqual([]);
  });

  it('works here when the other replicas can’t be told', async () => {
    isTold = false;
    connect('eve');
    rights.delete('eve');

    change();

    await vi.waitFor(() => expect(ended).toEqual(['eve']));
    expect(errors).toHaveLength(1);
  });
});
