import { setTimeout as sleep } from 'node:timers/promises';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import { createAdmin, type Admin } from '../../e2e/harness/admin.ts';
import { startFresh, type Product, type ProductOptions } from '../../e2e/harness/product.ts';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;
/** Of what the product printed. */
const LAST_CHARACTERS = 4000;

export interface Subject extends Admin {
  readonly product: Product;
}

/** withSubject measures a product of its own, on an empty data directory. */
export async function withSubject<T>(
  work: (subject: Subject) => Promise<T>,
  options: Omit<ProductOptions, 'dataDirectory'> = {},
): Promise<T> {
  const product = await startFresh(options);
  try {
    return await work({ product, ...(await createAdmin(product)) });
  } catch (error) {
    // A product that has ended says why in its last lines.
    process.stderr.write(`${product.output().slice(-LAST_CHARACTERS)}\n`);
    throw error;
  } finally {
    await product.stop();
  }
}

/** createProject resolves when its agent is connected. */
export async function createProject({ api }: Subject, name: string): Promise<Project> {
  const { project } = await api.call(projectRoutes.create, { body: { name } });
  if (!project) throw new Error('The project was not created');
  return untilOnline(api, project.slug);
}

async function untilOnline(api: Subject['api'], handle: string): Promise<Project> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const project = await api.call(projectRoutes.get, { params: { handle } });
    if (project.workspace?.actualState === 'running' && project.workspace.agent.online)
      return project;
    await sleep(POLL_MS);
  }
  throw new Error(`The workspace of "${handle}" did not start`);
}

export function workspaceOf(project: Project): string {
  if (!project.workspace) throw new Error(`"${project.slug}" has no workspace`);
  return project.workspace.id;
}

/** installApp puts a small Node.js app into the project; its start is proved by the probe. */
export async function installApp(
  { api }: Subject,
  project: Project,
  server: string,
): Promise<void> {
  const manifest = JSON.stringify({ kind: 'node-web', start: 'node server.mjs' });
  const receipt = await api.call(changeSetRoutes.apply, {
    params: { handle: workspaceOf(project) },
    body: {
      summary: 'Add the app',
      edits: [
        { action: 'write', path: 'spt-flow.json', text: manifest },
        { action: 'write', path: 'server.mjs', text: server },
      ],
    },
  });
  if (receipt.outcome !== 'committed')
    throw new Error(`The app was not installed: ${receipt.reason ?? ''}`);
}
