import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../../root.mjs';
import { importTypeScript } from '../tools/import-typescript.mjs';
import { succeed } from '../tools/programs.mjs';
import { ensureTool } from '../tools/tools.mjs';

const GUIDE = 'docs/guides/policy.md';

/** exampleProblems compiles the rule of the guide as an operator would, and asks it. */
export async function exampleProblems() {
  const [, rule] = /```rego\n([\s\S]*?)```/.exec(await readFile(inRoot(GUIDE), 'utf8')) ?? [];
  if (!rule) return [`${GUIDE} has no rule`];
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-own-rules-'));
  try {
    await compile(folder, rule);
    const { openBundle } = await importTypeScript(inRoot('packages/policy/src/bundle.ts'));
    const policy = await openBundle(folder);
    const said = (organizationId) =>
      policy
        .judge('workspace', { kind: 'WorkspacePlan', size: 'devenv', organizationId }, {})
        .map((denial) => denial.rule)
        .join();
    return said('small') === 'large-workspaces' && said('large') === ''
      ? []
      : [`The rule of ${GUIDE} says '${said('small')}' and '${said('large')}'`];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compile(folder, rule) {
  await writeFile(path.join(folder, 'own.rego'), rule);
  await writeFile(path.join(folder, 'data.json'), '{"large_organizations":["large"]}');
  const args = ['--entrypoint', 'sptflow/verdict/workspace', '--output', 'bundle.tar.gz', '.'];
  await succeed(await ensureTool('opa'), ['build', '--target', 'wasm', ...args], { cwd: folder });
  const files = ['/policy.wasm', '/data.json'];
  await succeed('tar', ['-xzf', 'bundle.tar.gz', ...files], { cwd: folder });
}
