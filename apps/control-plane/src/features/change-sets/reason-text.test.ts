import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { describe, expect, it } from 'vitest';
import { isWorking, lateFailureText, reasonText } from './reason-text.ts';

function receiptOf(seen: Partial<ChangeSetReceipt>): ChangeSetReceipt {
  return {
    id: crypto.randomUUID(),
    outcome: 'rolled_back',
    reason: null,
    failedPhase: null,
    files: [],
    checks: [],
    probe: null,
    wasBroken: false,
    restored: true,
    durationMs: 1,
    ...seen,
  };
}

function probeOf(status: number | null): ChangeSetReceipt['probe'] {
  return { url: '/', status, durationMs: 1, error: 'bad' };
}

describe('reasonText', () => {
  it.each<[string, Partial<ChangeSetReceipt>, string | null]>([
    ['a change that works', { outcome: 'committed' }, null],
    [
      'a change of an app that was broken before',
      { outcome: 'committed', wasBroken: true, reason: 'exit code 1' },
      'The change was made, but the app does not work. It did not work before the change either\nexit code 1',
    ],
    ['an interrupted change', {}, 'The change was interrupted, so it was undone'],
    [
      'a change that the app did not survive',
      { failedPhase: 'probe', reason: 'no answer' },
      'The app did not answer with this change, so it was undone\nno answer',
    ],
    [
      'a rollback after which nothing answers',
      { failedPhase: 'build', restored: false },
      'Preparing the app failed, so the change was undone. No version from before answers',
    ],
    [
      'a late end',
      { failedPhase: 'probe', lateFailure: { kind: 'ended', afterMs: 4_400 }, reason: 'exit 3' },
      'The app stopped 4 seconds after the change, so it was undone\nexit 3',
    ],
    [
      'a late hang',
      { lateFailure: { kind: 'unhealthy', afterMs: 1_100 }, probe: probeOf(null) },
      'The app stopped answering 1 second after the change, so it was undone',
    ],
  ])('of %s', (_name, seen, text) => expect(reasonText(receiptOf(seen))).toBe(text));
});

describe('lateFailureText', () => {
  it.each([
    ['ended', 499, null, 'stopped right after the change'],
    ['unhealthy', 0, null, 'stopped answering right after the change'],
    ['unhealthy', 6_000, 503, 'began to answer with errors 6 seconds after the change'],
  ] as const)('of %s after %i ms with status %s', (kind, afterMs, status, text) => {
    const seen = { lateFailure: { kind, afterMs }, probe: probeOf(status) };

    expect(lateFailureText(receiptOf(seen))).toBe(text);
  });
});

describe('isWorking', () => {
  it.each([
    ['committed', null, true],
    ['committed', 'it does not listen', false],
    ['rolled_back', null, false],
  ] as const)('of %s with the reason %j is %s', (outcome, reason, isSo) => {
    expect(isWorking(receiptOf({ outcome, reason }))).toBe(isSo);
  });
});
