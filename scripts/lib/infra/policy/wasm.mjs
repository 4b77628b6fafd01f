import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../failure.mjs';
import { BUILT, POLICY_DATA, policyHash, policyProblems, wasmHash } from '../../policy-hash.mjs';
import { inRoot } from '../../root.mjs';
import { succeed } from '../tools/programs.mjs';
import { ensureTool } from '../tools/tools.mjs';

/** writePolicy compiles the rules, and keeps them with the hash of what they are made of; it returns their size. */
export async function writePolicy() {
  const wasm = await compile(inRoot('infra/policy'));
  await writeFile(inRoot(BUILT.wasm), wasm);
  const data = Object.entries(POLICY_DATA).map(async ([name, file]) => [
    name,
    JSON.parse(await readFile(inRoot(file), 'utf8')),
  ]);
  const manifest = {
    sources: await policyHash(),
    wasm: await wasmHash(),
    ...Object.fromEntries(await Promise.all(data)),
  };
  await writeFile(inRoot(BUILT.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
  return wasm.length;
}

/** wasmProblems compiles the rules again: what is kept has to be the same, byte for byte. */
export async function wasmProblems() {
  const stale = await policyProblems();
  if (stale.length > 0) return stale;
  const [kept, built] = await Promise.all([
    readFile(inRoot(BUILT.wasm)),
    compile(inRoot('infra/policy')),
  ]);
  return kept.equals(built) ? [] : [`${BUILT.wasm} is not what OPA makes of the rules`];
}

async function compile(policy) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-policy-'));
  try {
    const bundle = path.join(directory, 'bundle.tar.gz');
    const entrypoints = ['workspace', 'terraform'].flatMap((name) => [
      '--entrypoint',
      `sptflow/verdict/${name}`,
    ]);
    const only = ['--ignore', '*.test.rego', '--ignore', '*.json'];
    const args = ['build', '--target', 'wasm', ...entrypoints, ...only, '--output', bundle, '.'];
    await succeed(await ensureTool('opa'), args, { cwd: policy });
    await succeed('tar', ['-xzf', bundle, '-C', directory]);
    const wasm = await readFile(path.join(directory, 'policy.wasm'));
    await requireSelfContained(wasm);
    return wasm;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Functions that OPA does not compile in would have to be written here again, and be right. */
async function requireSelfContained(wasm) {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const nothing = () => 0;
  const builtins = [0, 1, 2, 3, 4].map((count) => [`opa_builtin${count}`, nothing]);
  const env = { memory, opa_abort: nothing, opa_println: nothing, ...Object.fromEntries(builtins) };
  const { instance } = await WebAssembly.instantiate(wasm, { env });
  const { builtins: list, opa_json_dump: dump } = instance.exports;
  const bytes = Buffer.from(memory.buffer);
  const address = dump(list());
  const text = bytes.toString('utf8', address, bytes.indexOf(0, address));
  if (text !== '{}')
    throw new Failure(`These functions are not part of WebAssembly: ${text}. Write rules without`);
}
