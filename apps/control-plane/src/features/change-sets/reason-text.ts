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

export const INTERRUPTED = 'The change was interrupted, so it was undone';

/** reasonText says in plain words why a change set was not committed, then what the tool itself said. */
export function reasonText(receipt: ChangeSetReceipt): string | null {
  if (receipt.outcome === 'committed') return null;
  const what = receipt.failedPhase === null ? INTERRUPTED : WORDS[receipt.failedPhase];
  const notRestored =
    receipt.outcome === 'rolled_back' && !receipt.restored
      ? '. The app from before does not answer either'
      : '';
  return [`${what}${notRestored}`, receipt.reason].filter(Boolean).join('\n');
}
