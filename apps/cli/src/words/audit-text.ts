import type { AuditEntry } from '@spt-flow/shared/api/audit';
import type { BrokenAt, ChainFault } from '@spt-flow/shared/domain/audit-chain';
import { auditSentence } from '@spt-flow/shared/domain/audit-sentence';
import { CliError, EXIT } from '../core/errors.ts';
import { plain, table } from '../core/text.ts';

const HEAD = ['NUMBER', 'TIME', 'FROM', 'WHAT'];

export function auditTable(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) => [
    entry.sequence === null ? '-' : String(entry.sequence),
    `${entry.at.slice(0, 10)} ${entry.at.slice(11, 19)}`,
    plain(entry.address ?? '-'),
    plain(auditSentence(entry)),
  ]);
  return table([HEAD, ...rows]);
}

const FAULTS: Readonly<Record<ChainFault, string>> = {
  changed: 'it is not what was written',
  missing: 'it is gone',
  moved: 'it does not follow the entry before it',
  cut: 'it and what came after it were cut off',
  unsigned: 'nothing signs the end of the log',
  forged: 'the end of the log is not signed by this spt-flow',
};

/** brokenError names the first entry that is wrong. */
export function brokenError({ sequence, id, fault }: BrokenAt): CliError {
  const named = id === null ? '' : ` (${id})`;
  return new CliError({
    what: `The audit log was changed: entry ${sequence}${named} is the first that is wrong, as ${FAULTS[fault]}`,
    safe: `What is before entry ${sequence} is as it was written`,
    command: 'spt-flow audit list',
    exitCode: EXIT.failure,
  });
}
