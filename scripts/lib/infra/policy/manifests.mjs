import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { output } from '../tools/programs.mjs';
import { ensureTool } from '../tools/tools.mjs';

/** Where workspaces are not for one person only. */
const JUDGED = ['standard', 'openshift', 'eks', 'agent-sandbox'].map(
  (name) => `kubernetes-devenv-${name}`,
);
/** Which registry, and which digest, is the operator's to say. */
const QUERY = `data.sptflow.verdict.workspace
  with data.config.workspace.image_sources as ["*"]
  with data.config.workspace.pinned_images as false`;
/** The proxy is the way out. */
const PERMITTED = { rule: 'egress', resource: 'NetworkPolicy/egress-proxy' };

/** manifestDenials has the rules for workspaces judge what an operator would apply. */
export async function manifestDenials(root, rendered) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-judged-'));
  try {
    const found = [];
    for (const { name, objects } of rendered.filter((each) => JUDGED.includes(each.name))) {
      const file = path.join(folder, `${name}.json`);
      await writeFile(file, JSON.stringify({ kind: 'List', items: objects }));
      found.push(...(await judge(root, file)).map((denial) => `${name}: ${denial}`));
    }
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function judge(root, file) {
  const args = ['eval', '--format=json', '--strict-builtin-errors', '-d', '.', '-i', file, QUERY];
  const { exitCode, stdout, stderr } = await output(await ensureTool('opa'), args, {
    cwd: path.join(root, 'infra/policy'),
  });
  if (exitCode !== 0) return [`${stdout}${stderr}`];
  return JSON.parse(stdout)
    .result[0].expressions[0].value.filter(
      ({ rule, resource }) => rule !== PERMITTED.rule || resource !== PERMITTED.resource,
    )
    .map(({ rule, resource, reason }) => `${rule}: ${resource}: ${reason}`);
}
