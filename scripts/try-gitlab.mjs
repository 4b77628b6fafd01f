// Goes through what spt-flow asks of GitLab with a real one, and leaves a project named spt-flow-trial-… for you to remove.
// GITLAB_URL=… GITLAB_TOKEN=… [SPT_FLOW_GITLAB_GROUP=spt-flow] node scripts/try-gitlab.mjs
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FOLDER = path.resolve(import.meta.dirname, '../apps/control-plane/src/features/forge/gitlab');
const { GITLAB_URL, GITLAB_TOKEN, SPT_FLOW_GITLAB_GROUP: group = 'spt-flow' } = process.env;
if (!GITLAB_URL || !GITLAB_TOKEN) {
  console.error('Set GITLAB_URL and GITLAB_TOKEN');
  process.exit(64);
}

const {
  createGitlabHttp,
  createGitlabApi,
  createConnection,
  createRemoteProjects,
  createHookKeys,
} = await loadClient();
const url = GITLAB_URL.replace(/\/+$/, '');
const api = createGitlabApi(
  createGitlabHttp({ url, token: GITLAB_TOKEN, ca: null, signal: new AbortController().signal }),
);
const connection = createConnection({
  ...{ api, group, externalUrl: url, now: () => new Date(), random: Math.random },
  warn: console.warn,
});
const id = randomUUID();
const project = {
  ...{ id, name: 'Trial', slug: `spt-flow-trial-${id.slice(0, 8)}`, description: null },
  organization: { name: 'Trials', slug: 'spt-flow-trials' },
};
const remotes = createRemoteProjects({ api, group });

const parentId = await step('version, token and group', () => connection.ready());
console.log(JSON.stringify(connection.health()));
const remote = await step('group and project', () =>
  remotes.ensure(project, { remoteId: null, parentId }),
);
await step('the same project again', async () => {
  const again = await remotes.ensure(project, { remoteId: null, parentId });
  if (again.id !== remote.id) throw new Error('another project was made');
});
const hook = { url: `https://spt-flow.example/hooks/${id}`, keys: createHookKeys(id)(id) };
const { isSigned } = await step('hook', () => remotes.ensureHook(remote.id, hook));
console.log(isSigned ? '  deliveries will be signed' : '  deliveries will have a token only');
const who = { author_name: 'Trial', author_email: 'trial@spt-flow.example' };
await step('commit', () =>
  api.commit(remote.id, {
    ...{ ...who, branch: 'main', commit_message: 'Trial' },
    actions: [
      {
        ...{ action: 'create', file_path: '.gitlab-ci.yml', encoding: 'text' },
        content: 'try:\n  script: echo tried\n',
      },
    ],
  }),
);
const pipeline = await step('pipeline', () => api.startPipeline(remote.id, 'main'));
await step('its state and jobs', async () => {
  await api.pipeline(remote.id, pipeline.id);
  const [job] = await api.jobs(remote.id, pipeline.id);
  if (job) await api.trace(remote.id, job.id, 1_000);
  await api.pipelinesSince(remote.id, new Date(0));
});
console.log(`All of it works. Remove ${remote.path_with_namespace} when you have seen it.`);

async function step(name, work) {
  try {
    const result = await work();
    console.log(`ok      ${name}`);
    return result;
  } catch (error) {
    console.error(`failed  ${name}: ${error.message}`);
    process.exit(1);
  }
}

/** The client of the product itself, as JavaScript. */
async function loadClient() {
  const files = ['gitlab-http', 'gitlab-api', 'connection', 'remote-projects', 'hook-keys'];
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-try-'));
  try {
    const outfile = path.join(folder, 'client.mjs');
    await build({
      ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' },
      stdin: {
        contents: files.map((file) => `export * from './${file}.ts';`).join('\n'),
        ...{ resolveDir: FOLDER, loader: 'ts' },
      },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
