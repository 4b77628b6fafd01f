import { Option, type Command } from 'commander';
import { AUDIT_RESULTS, type AuditFilter, type AuditLogName } from '@spt-flow/shared/api/audit';
import type { AuditChoice } from '../api/audit-client.ts';
import { readMoment } from './moment.ts';

/** addAuditFilters gives a command the options that say which entries are meant. */
export function addAuditFilters(command: Command): Command {
  return command
    .addOption(logOption())
    .option('--actor <actor>', 'who: user:<id>, token:<id>, or only the kind: agent')
    .option('--action <action>', 'what, or only its noun: workspace.stop, workspace')
    .option('--subject <subject>', 'name or id of what it was done to')
    .addOption(new Option('--result <result>', 'only these').choices(AUDIT_RESULTS))
    .addOption(timeOption('--since <time>', 'not before: a time, or an age such as 15m'))
    .addOption(timeOption('--until <time>', 'before: a time, or an age'));
}

export interface LogOption {
  readonly installation?: boolean;
}

/** logOption chooses the log of what concerns all organizations. */
export function logOption(): Option {
  return new Option('--installation', 'the log of the installation, instead of your organization');
}

export function logOf({ installation }: LogOption): AuditLogName {
  return installation === true ? 'installation' : 'organization';
}

/** filterOf takes from a command's options those that are about entries. */
export function filterOf(options: AuditFilter & LogOption): AuditChoice {
  const { actor, action, subject, result, since, until } = options;
  const of = options.installation === true ? 'installation' : undefined;
  const filter = { actor, action, subject, result, since, until, of };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function timeOption(flags: string, meaning: string): Option {
  return new Option(flags, meaning).argParser((text: string) => readMoment(text));
}
