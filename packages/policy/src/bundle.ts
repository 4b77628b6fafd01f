import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import {
  createPolicy,
  entrypointOf,
  readWasm,
  REPOSITORY_LIMITS,
  type Policy,
  type Subject,
} from './policy.ts';
import { PolicyError } from './policy-error.ts';
import { loadWasm, type Rules } from './wasm.ts';

const SUBJECTS: readonly Subject[] = ['workspace', 'terraform'];

/** Any plan: rules that give no verdict about this one would give none when it matters. */
const TRIAL_PLAN = {
  ...{ kind: 'WorkspacePlan', action: 'create', organizationId: 'trial', ownerId: null },
  ...{ template: null, provider: 'local', size: 'chat', isolation: 'restricted', egress: null },
  costPerHour: 0,
  containers: [
    {
      ...{ name: 'workspace', image: null, privileged: false, capabilities: [], mounts: [] },
      limits: { cpu: 1, memory: 2 ** 31 },
    },
  ],
};

const DataSchema = z.record(z.string(), z.unknown());

/**
 * openBundle reads rules of an operator: a folder with `policy.wasm`, and `data.json` where they have data, as `opa build
 * --target wasm` packs them. PolicyError says what keeps them from use; they are tried once.
 */
export async function openBundle(directory: string): Promise<Policy> {
  const rules = loadWasm(await readWasm(path.join(directory, 'policy.wasm')));
  requireUsable(rules);
  const policy = createPolicy(rules, await readData(path.join(directory, 'data.json')));
  const asked = SUBJECTS.filter((subject) => rules.entrypoints.includes(entrypointOf(subject)));
  const own: Policy = {
    judge: (subject, ...rest) => (asked.includes(subject) ? policy.judge(subject, ...rest) : []),
  };
  own.judge('workspace', TRIAL_PLAN, REPOSITORY_LIMITS);
  return own;
}

function requireUsable({ entrypoints, missingFunctions }: Rules): void {
  const wanted = SUBJECTS.map(entrypointOf);
  if (!entrypoints.some((name) => wanted.includes(name)))
    throw new PolicyError(
      'unusable',
      `policy.wasm has none of the entry points ${wanted.join(', ')}`,
    );
  if (missingFunctions.length > 0)
    throw new PolicyError(
      'unusable',
      `policy.wasm calls functions that OPA does not compile into it: ${missingFunctions.join(', ')}`,
    );
}

async function readData(file: string): Promise<Record<string, unknown>> {
  try {
    return DataSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    const reason = cause instanceof z.ZodError ? 'it is no JSON object' : String(cause);
    throw new PolicyError('unusable', `data.json can't be used: ${reason}`, { cause });
  }
}
