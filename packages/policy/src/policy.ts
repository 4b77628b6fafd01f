import { readFile } from 'node:fs/promises';
import {
  DenialSchema,
  PolicyLimitsSchema,
  type Denial,
  type PolicyLimits,
} from '@spt-flow/shared/domain/policy';
import { z } from 'zod';
import built from './policy.json';
import { PolicyError } from './policy-error.ts';
import { loadWasm } from './wasm.ts';

/** Subject is what is judged: a plan of a workspace or Kubernetes objects, or a plan of Terraform. */
export type Subject = 'workspace' | 'terraform';

/** Policy says what the rules deny; nothing: it is permitted. A PolicyError is no permission. */
export interface Policy {
  judge(subject: Subject, input: unknown, limits: PolicyLimits): readonly Denial[];
}

/** REPOSITORY_LIMITS are what this repository's own plans and manifests are held to. */
export const REPOSITORY_LIMITS = PolicyLimitsSchema.parse(built.config);

const ResultSchema = z.tuple([z.object({ result: z.array(DenialSchema) })]);

/** openPolicy reads the compiled rules, which lie beside this file or beside the program that it is bundled into. */
export async function openPolicy(): Promise<Policy> {
  return createPolicy(new Uint8Array(await readFile(new URL('policy.wasm', import.meta.url))));
}

/** createPolicy runs compiled rules. */
export function createPolicy(wasm: Uint8Array<ArrayBuffer>): Policy {
  const evaluate = loadWasm(wasm);
  return {
    judge(subject, input, limits) {
      const data = { config: limits, prices: built.prices };
      const result = evaluate({ entrypoint: `sptflow/verdict/${subject}`, input, data });
      const parsed = ResultSchema.safeParse(result);
      if (!parsed.success)
        throw new PolicyError('The rules gave no verdict', { cause: parsed.error });
      return parsed.data[0].result.toSorted(byPlace);
    },
  };
}

/** A set has no order; people want the same one each time. */
function byPlace(one: Denial, other: Denial): number {
  const [a, b] = [one, other].map(({ rule, resource, reason }) => [rule, resource, reason].join());
  return (a ?? '').localeCompare(b ?? '', 'en');
}
