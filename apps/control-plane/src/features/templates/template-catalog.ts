import type { CatalogEntry } from '@spt-flow/shared/api/template-catalog';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TEMPLATE_FILE } from '@spt-flow/shared/domain/template-shape';
import type { Clock } from '../../lib/clock.ts';
import type { ReadRemoteFiles } from '../git/index.ts';
import { MAX_FILE_BYTES, readTemplateFiles, type TemplateFile } from './template-files.ts';

const KEPT_MS = 5 * 60_000;
/** What stands deeper than this, or beyond that many, is not offered. */
const MAX_DEPTH = 3;
const MAX_TEMPLATES = 200;

export interface TemplateCatalog {
  /** Null: the installation names none. */
  readonly repositoryUrl: string | null;
  /** AppError `clone_failed`: the repository could not be read. */
  list(): Promise<readonly CatalogEntry[]>;
}

/** createTemplateCatalog offers the templates of one repository, which it reads again after some minutes. */
export function createTemplateCatalog(deps: {
  readonly repositoryUrl: string | null;
  readonly readRemoteFiles: ReadRemoteFiles;
  readonly clock: Clock;
}): TemplateCatalog {
  const { repositoryUrl, clock } = deps;
  let kept: { readonly entries: Promise<CatalogEntry[]>; readonly untilMs: number } | undefined;

  async function read(url: string): Promise<CatalogEntry[]> {
    const { files } = await deps.readRemoteFiles({
      ...{ url, depth: 'all', maxFileBytes: MAX_FILE_BYTES },
      names: (available) => available.filter(isTemplate).slice(0, MAX_TEMPLATES),
    });
    return files.map(toEntry);
  }

  return {
    repositoryUrl,
    async list() {
      if (repositoryUrl === null) return [];
      const nowMs = clock.monotonicMs();
      if (!kept || kept.untilMs < nowMs)
        kept = { entries: read(repositoryUrl), untilMs: nowMs + KEPT_MS };
      const { entries } = kept;
      entries.catch(() => {
        if (kept?.entries === entries) kept = undefined;
      });
      return entries;
    },
  };
}

function isTemplate(path: string): boolean {
  const parts = path.split('/');
  return parts.at(-1) === TEMPLATE_FILE && parts.length - 1 <= MAX_DEPTH;
}

/** One that is not valid is shown with what is wrong, for whoever keeps the repository. */
function toEntry({ path: file, text }: TemplateFile): CatalogEntry {
  const path = file.slice(0, -(TEMPLATE_FILE.length + 1)) || null;
  try {
    const { definition } = readTemplateFiles([{ path: TEMPLATE_FILE, text }]);
    const { name, displayName, icon, description } = definition;
    return { path, name, displayName, icon, description, problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const name = path?.split('/').at(-1) ?? TEMPLATE_FILE;
    return { path, name, displayName: name, icon: 'box', description: '', problem: error.message };
  }
}
