import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../file-lock.mjs';
import { withProgress } from '../progress.mjs';
import { inRoot } from '../root.mjs';
import { prepareAwsProvider } from './aws-provider.mjs';
import { build, download, findGo } from './go.mjs';
import { succeed } from './programs.mjs';

/** What `npm run infra:check` and `npm run compose:trial` build once and keep; docs/dependencies.md says what for. */
const TOOLS = {
  tofu: {
    module: 'github.com/opentofu/opentofu',
    version: 'v1.12.6',
    sum: 'h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=',
    packagePath: './cmd/tofu',
  },
  opa: {
    module: 'github.com/open-policy-agent/opa',
    version: 'v1.22.3',
    sum: 'h1:d46phjoHHFSl8F2bC8nT8wFxuGEvZRvs8FhYWFqsJ2w=',
    packagePath: '.',
  },
  'terraform-provider-aws': {
    module: 'github.com/upbound/terraform-provider-aws',
    version: 'v0.0.0-20260305123303-f7691456b787',
    sum: 'h1:dJlp2eNgY/iVKTPINdguYlHbHc9CtXBZKmQmqYq0REs=',
    packagePath: '.',
    prepare: prepareAwsProvider,
  },
  'docker-compose': {
    module: 'github.com/docker/compose/v2',
    version: 'v2.40.3',
    sum: 'h1:XeYkQu1svDtyfZPv5nTwFryQ25ZJMkIlc4pz9HalMPI=',
    packagePath: './cmd',
  },
  'victoria-logs': {
    module: 'github.com/VictoriaMetrics/VictoriaLogs',
    version: 'v1.52.1',
    sum: 'h1:B83xu4usTNPrpsFZFH/Dei3nWIsQizIeSRghFxj4ZJo=',
    packagePath: './app/victoria-logs',
  },
};

/** ensureTool is the path of a program, built when it is not there in its version. */
export async function ensureTool(name) {
  const tool = TOOLS[name];
  const directory = inRoot('.cache/infra/tools', `${name}-${tool.version}`);
  const file = path.join(directory, name);
  if (await exists(file)) return file;
  await withLock('spt-flow-infra-tools', async () => {
    if (await exists(file)) return;
    await withProgress(`Building ${name} ${tool.version}, once`, () => make(tool, file));
  });
  return file;
}

async function make(tool, file) {
  const go = await findGo();
  const { Dir } = await download(go, tool);
  const sources = `${file}.sources`;
  await rm(sources, { recursive: true, force: true });
  await mkdir(sources, { recursive: true });
  await (tool.prepare ?? copy)(Dir, sources);
  // Modules are unpacked without the right to change or delete them.
  await succeed('chmod', ['-R', 'u+w', sources]);
  // Named at the end, so that an interrupted build leaves nothing that looks finished.
  await build(go, { directory: sources, packagePath: tool.packagePath, file: `${file}.part` });
  await rename(`${file}.part`, file);
  await rm(sources, { recursive: true, force: true });
}

/** Go builds nothing inside its own cache of modules. */
function copy(from, to) {
  return cp(from, to, { recursive: true });
}

function exists(file) {
  return stat(file).then(
    () => true,
    () => false,
  );
}
