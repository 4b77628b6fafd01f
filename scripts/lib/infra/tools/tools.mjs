import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../../cache.mjs';
import { withProgress } from '../../progress.mjs';
import { treeHash } from '../../tree-hash.mjs';
import { prepareAwsProvider } from './aws-provider.mjs';
import { build, download, findGo } from './go.mjs';
import { succeed } from './programs.mjs';
import { prepareTofu } from './tofu-sources.mjs';

/** What `npm run infra:check` and `npm run compose:trial` build once and keep; docs/dependencies.md says what for. */
const TOOLS = {
  tofu: {
    module: 'github.com/opentofu/opentofu',
    version: 'v1.12.6',
    sum: 'h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=',
    packagePath: './cmd/tofu',
    prepare: prepareTofu,
    preparedBy: 'scripts/lib/infra/tools/tofu-sources.mjs',
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
    preparedBy: 'scripts/lib/infra/tools/aws-provider.mjs',
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
  const madeBy = await treeHash(['scripts/lib/infra/tools/go.mjs', tool.preparedBy ?? []].flat());
  const folder = await cached({ name, recipe: [tool, madeBy] }, (target) =>
    withProgress(`Building ${name} ${tool.version}, once`, () =>
      make(tool, path.join(target, name)),
    ),
  );
  return path.join(folder, name);
}

async function make(tool, file) {
  const go = await findGo();
  const { Dir } = await download(go, tool);
  const sources = `${file}.sources`;
  await mkdir(sources);
  await (tool.prepare ?? copy)(Dir, sources);
  // Modules are unpacked without the right to change or delete them.
  await succeed('chmod', ['-R', 'u+w', sources]);
  await build(go, { directory: sources, packagePath: tool.packagePath, file });
  await rm(sources, { recursive: true });
}

/** Go builds nothing inside its own cache of modules. */
function copy(from, to) {
  return cp(from, to, { recursive: true });
}
