import { createHash } from 'node:crypto';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readTar, type TarSource } from './tar-source.ts';
import { TreeDigest } from './tree-digest.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const PLACES = ['.devcontainer', '.devcontainer.json'];
const DEFAULTS = ['.devcontainer/devcontainer.json', '.devcontainer.json'];
const NAMED = /^\.devcontainer\/[^/]+\/devcontainer\.json$/;

type Source = Omit<TarSource, 'paths' | 'maxBytes'>;

/** ConfigFiles are what a repository says about its devcontainer, without the context of its build. */
export interface ConfigFiles {
  /** Of the devcontainer.json, relative to the project. */
  readonly file: string;
  readonly text: string;
  /** Of everything beside it, and of other files that it names: another hash means that the devcontainer changed. */
  readonly hash: string;
  /** Texts of the descriptions of local features, by path. */
  readonly features: ReadonlyMap<string, string>;
}

/** readConfigFiles returns the devcontainer of a project, undefined when it has none; other files count for its hash. */
export async function readConfigFiles(
  source: Source,
  others: readonly string[] = [],
): Promise<ConfigFiles | undefined> {
  const texts = new Map<string, string>();
  const digest = new TreeDigest();
  const apart = others.filter((path) => !path.startsWith('.devcontainer/'));
  const paths = [...PLACES, ...apart];
  if (others.length === 0 && (await isNowhere(source))) return undefined;
  await readTar({ ...source, paths, maxBytes: MAX_BYTES }, async ({ content, ...entry }) => {
    const { hash, text } = await read(content, isText(entry.path));
    digest.add({ ...entry, content: entry.kind === 'file' ? hash : entry.target });
    if (text !== undefined) texts.set(entry.path, text);
  });
  const file = chooseConfig([...texts.keys()]);
  const text = file === undefined ? undefined : texts.get(file);
  if (file === undefined || text === undefined) return undefined;
  texts.delete(file);
  return { file, text, hash: digest.value(), features: texts };
}

/** Most projects have none, and two questions take less of a start than the program that packs what there is. */
async function isNowhere(source: Source): Promise<boolean> {
  const absences = await Promise.all(PLACES.map((path) => isAbsent(source, path)));
  return absences.every((isOne) => isOne);
}

async function isAbsent({ agents, workspaceId, correlationId, signal }: Source, path: string) {
  try {
    const head = { method: 'files.read', path, maxBytes: 0, correlationId } as const;
    const { stream } = await agents.request(workspaceId, head, { signal });
    stream.reset('cancelled');
    return false;
  } catch (error) {
    // Whatever else is wrong with it is told by whoever reads it.
    return error instanceof AppError && error.code === 'not_found';
  }
}

function isText(path: string): boolean {
  return /(^|\/)\.?devcontainer(-feature)?\.json$/.test(path);
}

async function read(content: AsyncIterable<Buffer>, keep: boolean) {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of content) {
    hash.update(chunk);
    if (keep) chunks.push(chunk);
  }
  const text = keep ? Buffer.concat(chunks).toString('utf8') : undefined;
  return { hash: hash.digest('hex'), text };
}

/** The order of the specification; of several in folders nobody can guess which one is meant. */
function chooseConfig(paths: readonly string[]): string | undefined {
  const usual = DEFAULTS.find((path) => paths.includes(path));
  if (usual !== undefined) return usual;
  const named = paths.filter((path) => NAMED.test(path)).sort();
  if (named.length > 1)
    throw new AppError(
      'devcontainer_invalid',
      `There are several devcontainers (${named.join(', ')}): put the one to use at ${DEFAULTS[0]}`,
    );
  return named[0];
}
