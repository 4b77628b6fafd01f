import { readFile } from 'node:fs/promises';
import { AgentConfigError } from '@spt-flow/config/agent';
import { messageOf } from './errors.ts';

/** Reads a JSON document of settings, which have the names of the variables. */
export async function readSettingsFile(path: string): Promise<unknown> {
  try {
    return parseSettings(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof AgentConfigError) throw cause;
    throw new AgentConfigError(`Cannot read '${path}': ${messageOf(cause)}`, { cause });
  }
}

export function parseSettings(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own message may quote a secret.
    throw new AgentConfigError('The settings are not a JSON document', { cause });
  }
}
