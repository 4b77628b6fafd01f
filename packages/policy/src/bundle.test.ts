import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from './bundle.ts';
import { PolicyError } from './policy-error.ts';
import { createPolicy, openPolicy, together } from './policy.ts';
import { rulesModule, type RulesModule } from './testing/rules-module.ts';
import { loadWasm } from './wasm.ts';

const DENIAL = {
  ...{ rule: 'own', title: 'Own rule', resource: 'size' },
  ...{ reason: 'Not on Fridays', remedy: 'Wait' },
};

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-policy-bundle-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function bundle(module: RulesModule | Uint8Array, data?: string): Promise<string> {
  const folder = await mkdtemp(path.join(directory, 'bundle-'));
  const wasm = module instanceof Uint8Array ? module : rulesModule(module);
  await writeFile(path.join(folder, 'policy.wasm'), wasm);
  if (data !== undefined) await writeFile(path.join(folder, 'data.json'), data);
  return folder;
}

describe('rules of an operator', () => {
  it('deny beside those that are shipped, and permit nothing that these deny', async () => {
    const own = await openBundle(await bundle({ result: [DENIAL] }));
    const shipped = createPolicy(loadWasm(rulesModule({ result: [{ ...DENIAL, rule: 'cost' }] })));

    const denials = together([own, shipped]).judge('workspace', {}, {});

    expect(denials.map(({ rule }) => rule)).toEqual(['cost', 'own']);
  });

  it('are asked only for what they have an entry point for', async () => {
    const own = await openBundle(await bundle({ result: [DENIAL] }));

    expect(own.judge('terraform', {}, {})).toEqual([]);
  });

  it('may be a bundle that OPA made', async () => {
    const made = await readFile(new URL('policy.wasm', import.meta.url));
    const own = await openBundle(await bundle(new Uint8Array(made), '{}'));

    expect(own.judge('workspace', {}, {})).toMatchObject([{ rule: 'known-input' }]);
  });

  it.each<[string, RulesModule | Uint8Array, string | undefined, string]>([
    ['is no WebAssembly', new Uint8Array([1, 2]), undefined, 'could not be loaded'],
    ['has no entry point of ours', { entrypoints: ['team/deny'] }, undefined, 'entry points'],
    ['needs functions', { builtins: ['http.send'] }, undefined, 'into it: http.send'],
    ['gives another verdict', { result: ['no'] }, undefined, 'gave no verdict'],
    ['ends with a trap', { ending: 'trap' }, undefined, 'unreachable'],
    ['has data that are no object', {}, '[1]', 'data.json'],
    ['has data that are no JSON', {}, '{', 'data.json'],
  ])('are refused when the bundle %s', async (_what, module, data, says) => {
    const refused = openBundle(await bundle(module, data));

    await expect(refused).rejects.toThrow(PolicyError);
    await expect(refused).rejects.toThrow(says);
  });

  it('are refused when they are not there', async () => {
    await expect(openBundle(path.join(directory, 'nowhere'))).rejects.toMatchObject({
      failure: 'unusable',
      message: expect.stringContaining('policy.wasm'),
    });
  });
});

describe('rules that do not come to an end', () => {
  it('are ended, and give no verdict', () => {
    const rules = loadWasm(rulesModule({ ending: 'loop' }));
    const question = { entrypoint: 'sptflow/verdict/workspace', input: {}, data: {} };

    expect(() => rules.evaluate({ ...question, deadlineMs: 50 })).toThrow(
      expect.objectContaining({ failure: 'too_slow', message: expect.stringContaining('0.05 s') }),
    );
  });
});

describe('the rules that are shipped', () => {
  it.each([
    ['are gone', undefined, "can't be read"],
    ['are of another version', rulesModule({}), 'is damaged'],
  ])('are not used when they %s', async (_what, wasm, says) => {
    const file = path.join(await bundle(wasm ?? rulesModule({})), wasm ? 'policy.wasm' : 'gone');

    await expect(openPolicy(file)).rejects.toMatchObject({
      failure: 'unusable',
      message: expect.stringContaining(says),
    });
  });
});
