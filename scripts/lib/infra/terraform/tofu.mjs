import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, inRoot } from '../../root.mjs';
import { output } from '../tools/programs.mjs';
import { ensureTool } from '../tools/tools.mjs';

/** Providers that are built here, by the name that configurations know them by. */
const PROVIDERS = {
  'hashicorp/aws': 'terraform-provider-aws',
};

/** createTofu is a function that runs OpenTofu in a directory, with the providers that are built here and no network. */
export async function createTofu() {
  const tofu = await ensureTool('tofu');
  const overrides = await Promise.all(
    Object.entries(PROVIDERS).map(async ([name, tool]) => [name, await ensureTool(tool)]),
  );
  const config = inRoot('.cache/infra/tofu.tfrc');
  await mkdir(path.dirname(config), { recursive: true });
  await writeFile(config, configText(overrides));
  return async function run(directory, args) {
    const data = dataDirectory(directory);
    await mkdir(data, { recursive: true });
    const env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: config,
      TF_DATA_DIR: data,
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    };
    return output(tofu, args, { cwd: directory, env });
  };
}

/** Nothing is left in the checkout; what a copy leaves goes with it. */
function dataDirectory(directory) {
  const inside = path.relative(ROOT, directory);
  return inside.startsWith('..')
    ? path.join(directory, '.terraform')
    : inRoot('.cache/infra/data', inside);
}

function configText(overrides) {
  const lines = overrides.map(([name, file]) => `    "${name}" = "${path.dirname(file)}"`);
  return `provider_installation {\n  dev_overrides {\n${lines.join('\n')}\n  }\n}\n`;
}
