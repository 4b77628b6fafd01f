import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy, openPolicy, REPOSITORY_LIMITS, type Subject } from './policy.ts';
import { PolicyError } from './policy-error.ts';
import { loadWasm } from './wasm.ts';

const RULES = new URL('../../../infra/policy/', import.meta.url);
const policy = await openPolicy();

function json(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, RULES), 'utf8'));
}

const PLAN = json('lib/samples/plan/sample.json') as Record<string, unknown>;

describe.each<Subject>(['workspace', 'terraform'])('the compiled rules for %s', (subject) => {
  it.each(readdirSync(new URL(`${subject}/`, RULES)))(
    'say of the samples of %s what OPA says',
    (rule) => {
      const said = (sample: string) =>
        policy
          .judge(subject, json(`${subject}/${rule}/samples/${sample}/sample.json`), {
            ...REPOSITORY_LIMITS,
            workspace: { ...REPOSITORY_LIMITS.workspace, max_cost_per_hour: 1 },
          })
          .filter((denial) => denial.rule === rule);

      expect(said('allowed')).toEqual([]);
      expect(said('disallowed').length).toBeGreaterThan(0);
    },
  );
});

describe('a verdict', () => {
  it('names rule, resource, reason and remedy', () => {
    expect(policy.judge('workspace', { ...PLAN, size: 'huge' }, REPOSITORY_LIMITS)).toEqual([
      {
        rule: 'sizes',
        title: 'Sizes of workspaces',
        resource: 'size',
        reason: 'Size huge is none of the permitted: chat, devenv',
        remedy: 'Choose a permitted size, or ask an admin.',
      },
    ]);
  });

  it('permits nothing where no limits are known', () => {
    expect(policy.judge('workspace', PLAN, {}).length).toBeGreaterThan(0);
  });

  it('keeps texts as they are, whatever characters they have', () => {
    const size = 'gr\u00f6\u00dfe \u{1f4be} \u0000 {input} "quoted"';

    expect(policy.judge('workspace', { ...PLAN, size }, REPOSITORY_LIMITS)).toMatchObject([
      { reason: `Size ${size} is none of the permitted: chat, devenv` },
    ]);
  });

  it('is given or refused with a PolicyError, whatever is judged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (input, limits) => {
        expect(isDenied(input, limits)).toBe(true);
        expect(isDenied(PLAN, { workspace: limits })).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('permits no plan in which a value is of another type, or missing', () => {
    const names = ['action', 'provider', 'size', 'isolation', 'containers', 'kind'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        fc.pre(typeof value !== 'string' && !Array.isArray(value));
        expect(isDenied({ ...PLAN, [name]: value }, REPOSITORY_LIMITS)).toBe(true);
      }),
      { numRuns: 150 },
    );
    for (const name of names)
      expect(isDenied({ ...PLAN, [name]: undefined }, REPOSITORY_LIMITS)).toBe(true);
  });
});

/** An answer that permits, or another error than ours, is what must not be. */
function isDenied(input: unknown, limits: unknown): boolean {
  try {
    return policy.judge('workspace', input, limits as object).length > 0;
  } catch (error) {
    return error instanceof PolicyError;
  }
}

describe('rules that give no answer', () => {
  const EMPTY_MODULE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

  it.each([
    ['no WebAssembly', [1, 2, 3]],
    ['another module', EMPTY_MODULE],
  ])('because they are %s throw a PolicyError', (_what, bytes) => {
    expect(() => createPolicy(loadWasm(new Uint8Array(bytes)))).toThrow(PolicyError);
  });

  it('because the input is no JSON, or too deep, throw a PolicyError, and answer the next', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;

    for (const input of [undefined, cyclic, 1n, () => undefined])
      expect(() => policy.judge('workspace', input, REPOSITORY_LIMITS)).toThrow(PolicyError);
    expect(isDenied(deep, REPOSITORY_LIMITS)).toBe(true);
    expect(policy.judge('workspace', PLAN, REPOSITORY_LIMITS)).toEqual([]);
  });
});
