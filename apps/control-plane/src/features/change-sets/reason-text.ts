import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';

type Phase = NonNullable<ChangeSetReceipt['failedPhase']>;

const WORDS: Readonly<Record<Phase, string>> = {
  check: 'The change has an error, so nothing was written',
  write: 'The files could not be written, so the change was undone',
  build: 'Preparing the app failed, so the change was undone',
  restart: 'The app did not start with this change, so it was undone',
  probe: 'The app did not answer with this change, so it was undone',
  commit: 'The change could not be completed, so it was undone',
  rollback: 'The change did not work and could not be undone completely',
};

const INTERRUPTED = 'The change was interrupted, so it was undone';
const STILL_BROKEN =
  'The change was made, but the app does not work. It did not work before the change either';

/** lateFailureText says how an app failed that had answered at first. */
export function lateFailureText({ lateFailure, probe }: ChangeSetReceipt): string {
  const seconds = Math.round((lateFailure?.afterMs ?? 0) / 1000);
  const when = seconds < 1 ? 'right' : `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `${whatItDid(lateFailure?.kind, probe)} ${when} after the change`;
}

function whatItDid(
  kind: NonNullable<ChangeSetReceipt['lateFailure']>['kind'] | undefined,
  probe: ChangeSetReceipt['probe'],
): string {
  if (kind !== 'unhealthy') return 'stopped';
  return probe?.status == null ? 'stopped answering' : 'began to answer with errors';
}

/** isWorking tells whether the change was made and nothing is known to be wrong with the app. */
export function isWorking({ outcome, reason }: ChangeSetReceipt): boolean {
  return outcome === 'committed' && reason === null;
}

/** reasonText says in plain words why a change set was not made, or what is wrong all the same, then what the tool itself said. */
export function reasonText(receipt: ChangeSetReceipt): string | null {
  if (isWorking(receipt)) return null;
  if (receipt.outcome === 'committed') return [STILL_BROKEN, receipt.reason].join('\n');
  const what = whatHappened(receipt);
  const notRestored =
    receipt.outcome === 'rolled_back' && !receipt.restored
      ? '. No version from before answers'
      : '';
  return [`${what}${notRestored}`, receipt.reason].filter(Boolean).join('\n');
}

function whatHappened(receipt: ChangeSetReceipt): string {
  if (receipt.lateFailure) return `The app ${lateFailureText(receipt)}, so it was undone`;
  return receipt.failedPhase === null ? INTERRUPTED : WORDS[receipt.failedPhase];
}
