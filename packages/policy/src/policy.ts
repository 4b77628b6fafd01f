import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  DenialSchema,
  PolicyLimitsSchema,
  type Denial,
  type PolicyLimits,
} from '@spt-flow/shared/domain/policy';
import * as z from 'zod';
import built from './policy.json';
import { PolicyError } from './policy-error.ts';
import { loadWasm, type Rules } from './wasm.ts';

/** Subject is what is judged: a plan of a workspace or Kubernetes objects, or a plan of Terraform. */
export type Subject = 'workspace' | 'terraform';

/** Policy says what the rules deny; nothing: it is permitted. A PolicyError is no permission. */
export interface Policy {
  judge(subject: Subject, input: unknown, limits: PolicyLimits): readonly Denial[];
}

/** REPOSITORY_LIMITS are what this repository's own plans and manifests are held to. */
export const REPOSITORY_LIMITS = PolicyLimitsSchema.parse(built.config);

/** A plan of a workspace is judged in a millisecond or two; one of Terraform may be megabytes. */
const DEADLINE_MS: Readonly<Record<Subject, number>> = { workspace: 5_000, terraform: 120_000 };

const ResultSchema = z.tuple([z.object({ result: z.array(DenialSchema) })]);

/** openPolicy reads the rules that are shipped, which lie beside this file or beside the program that it is bundled into. */
export async function openPolicy(
  file: string = fileURLToPath(new URL('policy.wasm', import.meta.url)),
): Promise<Policy> {
  const wasm = await readWasm(file);
  // A changed byte may still compile, and permit what it should not.
  if (createHash('sha256').update(wasm).digest('hex') !== built.wasm)
    throw new PolicyError('unusable', `${file} is damaged`);
  return createPolicy(loadWasm(wasm));
}

/** readWasm reads compiled rules. */
export async function readWasm(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError('unusable', `The compiled rules can't be read: ${reason}`, { cause });
  }
}

/** createPolicy asks compiled rules; `data` are further values that they may read. */
export function createPolicy(rules: Rules, data: Readonly<Record<string, unknown>> = {}): Policy {
  return {
    judge(subject, input, limits) {
      const result = rules.evaluate({
        entrypoint: entrypointOf(subject),
        input,
        data: { ...data, config: limits, prices: built.prices },
        deadlineMs: DEADLINE_MS[subject],
      });
      const parsed = ResultSchema.safeParse(result);
      if (!parsed.success)
        throw new PolicyError('no_verdict', 'The rules gave no verdict', { cause: parsed.error });
      return parsed.data[0].result.toSorted(byPlace);
    },
  };
}

/** entrypointOf names the rule whose value is the set of denials. */
export function entrypointOf(subject: Subject): string {
  return `sptflow/verdict/${subject}`;
}

/** together denies what any of the policies denies. */
export function together(policies: readonly Policy[]): Policy {
  return {
    judge: (...question) =>
      policies.flatMap((policy) => policy.judge(...question)).toSorted(byPlace),
  };
}

/** A set has no order; people want the same one each time. */
function byPlace(one: Denial, other: Denial): number {
  const [a, b] = [one, other].map(({ rule, resource, reason }) => [rule, resource, reason].join());
  return (a ?? '').localeCompare(b ?? '', 'en');
}
