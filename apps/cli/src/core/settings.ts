import type { Command, Option } from 'commander';
import { usageError } from './errors.ts';
import type { Environment } from './io.ts';

/** A text from the environment, or a value of the preferences. */
export type SettingValue = string | boolean;

const TRUE = new Set(['1', 'true', 'yes', 'on']);
const FALSE = new Set(['0', 'false', 'no', 'off']);

/** variableOf derives the environment variable of an option: `--repo-url` is SPT_FLOW_REPO_URL. */
export function variableOf(option: Pick<Option, 'name'>): string {
  return `SPT_FLOW_${option.name().replaceAll('-', '_').toUpperCase()}`;
}

/**
 * applySettings fills in what the command line does not say: the environment first, then the
 * preferences; what neither says keeps its default.
 */
export function applySettings(
  command: Command,
  sources: { env: Environment; preferences: Readonly<Record<string, SettingValue | undefined>> },
): void {
  for (const owner of withAncestors(command)) {
    for (const option of owner.options) {
      const name = option.attributeName();
      const source = owner.getOptionValueSource(name);
      if (source === 'cli' || source === 'env') continue;
      const text = sources.env[variableOf(option)] ?? '';
      const preference = sources.preferences[name];
      if (text !== '') {
        owner.setOptionValueWithSource(name, fromVariable(option, text), 'env');
      } else if (source !== 'config' && preference !== undefined) {
        owner.setOptionValueWithSource(name, preference, 'config');
      }
    }
  }
}

function fromVariable(option: Option, text: string): unknown {
  if (option.isBoolean() || option.negate) {
    const on = readBoolean(option, text);
    return option.negate ? !on : on;
  }
  if (!option.parseArg) return text;
  try {
    return option.parseArg(text, undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw usageError(`${variableOf(option)} is not valid: ${reason}`, 'spt-flow --help');
  }
}

function readBoolean(option: Option, text: string): boolean {
  const value = text.toLowerCase();
  if (TRUE.has(value)) return true;
  if (FALSE.has(value)) return false;
  throw usageError(
    `${variableOf(option)} is not valid: '${text}' is neither true nor false`,
    'spt-flow --help',
  );
}

function withAncestors(command: Command): Command[] {
  return command.parent ? [command, ...withAncestors(command.parent)] : [command];
}
