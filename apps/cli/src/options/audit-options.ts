import { Option, type Command } from 'commander';
import { AUDIT_RESULTS, type AuditFilter } from '@spt-flow/shared/api/audit';
import { readMoment } from './moment.ts';

/** addAuditFilters gives a command the options that say which entries are meant. */
export function addAuditFilters(command: Command): Command {
  return command
    .option('--actor <actor>', 'who: user:<id>, token:<id>, or only the kind: agent')
    .option('--action <action>', 'what, or only its noun: workspace.stop, workspace')
    .option('--subject <subject>', 'name or id of what it was done to')
    .addOption(new Option('--result <result>', 'only these').choices(AUDIT_RESULTS))
    .addOption(timeOption('--since <time>', 'not before: a time, or an age such as 15m'))
    .addOption(timeOption('--until <time>', 'before: a time, or an age'));
}

/** filterOf takes from a command's options those that are about entries. */
export function filterOf(options: AuditFilter): AuditFilter {
  const { actor, action, subject, result, since, until } = options;
  const filter = { actor, action, subject, result, since, until };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function timeOption(flags: string, meaning: string): Option {
  return new Option(flags, meaning).argParser((text: string) => readMoment(text));
}
