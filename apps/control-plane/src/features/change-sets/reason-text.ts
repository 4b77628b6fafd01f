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

/** crashText says when an app that had answered stopped. */
export function crashText({ crashedAfterMs = 0 }: ChangeSetReceipt): string {
  const seconds = Math.round(crashedAfterMs / 1000);
  if (seconds < 1) return 'stopped right after the change';
  return `stopped ${seconds} ${seconds === 1 ? 'second' : 'seconds'} after the change`;
}

/** reasonText says in plain words why a change set was not committed, then what the tool itself said. */
export function reasonText(receipt: ChangeSetReceipt): string | null {
  if (receipt.outcome === 'committed') return null;
  const what = whatHappened(receipt);
  const notRestored =
    receipt.outcome === 'rolled_back' && !receipt.restored
      ? '. The app from before does not answer either'
      : '';
  return [`${what}${notRestored}`, receipt.reason].filter(Boolean).join('\n');
}

function whatHappened(receipt: ChangeSetReceipt): string {
  if (receipt.crashedAfterMs !== undefined)
    return `The app ${crashText(receipt)}, so it was undone`;
  return receipt.failedPhase === null ? INTERRUPTED : WORDS[receipt.failedPhase];
}
