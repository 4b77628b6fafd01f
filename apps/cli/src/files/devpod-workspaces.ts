import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CloneOptionsSchema, type CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import * as z from 'zod';

/** What DevPod keeps of a workspace, as far as it means something here; options of providers may hold secrets and are not read. */
const WorkspaceFileSchema = z.object({
  id: z.string().min(1).max(255),
  provider: z.object({ name: z.string() }).partial().default({}),
  ide: z.object({ name: z.string() }).partial().default({}),
  devContainerImage: z.string().optional(),
  devContainerPath: z.string().optional(),
  source: z
    .object({
      gitRepository: z.string(),
      gitBranch: z.string(),
      gitCommit: z.string(),
      gitPRReference: z.string(),
      gitSubDir: z.string(),
      localFolder: z.string(),
      image: z.string(),
      container: z.string(),
    })
    .partial()
    .default({}),
});
type WorkspaceFile = z.output<typeof WorkspaceFileSchema>;

export interface DevpodWorkspace {
  readonly context: string;
  readonly name: string;
  /** Null: it can't be made here, for the reason that `notes` begin with. */
  readonly wanted: { readonly repositoryUrl: string; readonly clone: CloneOptions } | null;
  /** What is not taken over. */
  readonly notes: readonly string[];
}

/** readDevpodWorkspaces reads all contexts below DevPod's directory, and changes nothing there. */
export async function readDevpodWorkspaces(home: string): Promise<DevpodWorkspace[]> {
  const contexts = path.join(home, 'contexts');
  const found: DevpodWorkspace[] = [];
  for (const context of await directoriesOf(contexts)) {
    const workspaces = path.join(contexts, context, 'workspaces');
    for (const name of await directoriesOf(workspaces)) {
      const text = await readFile(path.join(workspaces, name, 'workspace.json'), 'utf8').catch(
        () => '',
      );
      found.push({ context, ...understand(name, text) });
    }
  }
  return found;
}

async function directoriesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function understand(name: string, text: string): Omit<DevpodWorkspace, 'context'> {
  const file = WorkspaceFileSchema.safeParse(parseJson(text));
  if (!file.success) return { name, wanted: null, notes: ['its workspace.json is not readable'] };
  const { id, source } = file.data;
  const repositoryUrl = addressOf(source.gitRepository ?? '');
  const ref = source.gitCommit || source.gitBranch || null;
  const clone = CloneOptionsSchema.safeParse({ ref });
  if (!isRepositoryUrl(repositoryUrl) || source.gitPRReference || !clone.success)
    return { name: id, wanted: null, notes: [reasonOf(source), ...notesOf(file.data)] };
  return { name: id, wanted: { repositoryUrl, clone: clone.data }, notes: notesOf(file.data) };
}

/** DevPod takes addresses without a scheme too. */
function addressOf(repository: string): string {
  return /^[A-Za-z0-9.-]+\.[A-Za-z]+\//.test(repository) ? `https://${repository}` : repository;
}

function reasonOf(source: WorkspaceFile['source']): string {
  if (source.localFolder) return 'it is made of a local folder: push that to a repository first';
  if (source.image || source.container) return 'it is made of an image: use a template with it';
  if (source.gitPRReference) return 'it is at a pull request: name the branch of that instead';
  return 'its repository is not at an https, ssh or git URL';
}

function notesOf({ source, provider, ide, ...file }: WorkspaceFile): string[] {
  return [
    ...(source.gitSubDir ? [`the folder ${source.gitSubDir}: the whole repository is opened`] : []),
    ...(file.devContainerImage ? [`the image ${file.devContainerImage}: use a template`] : []),
    ...(file.devContainerPath
      ? [`the path ${file.devContainerPath}: devcontainer.json is looked for at its usual places`]
      : []),
    ...(provider.name ? [`the provider ${provider.name} and its options`] : []),
    ...(ide.name && ide.name !== 'none' ? [`the editor ${ide.name}`] : []),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
