import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Queryable } from '@spt-flow/db/client';
import { readTemplateFiles, wantedFiles, type TemplateContent } from './template-files.ts';
import type { TemplatesRepository } from './templates-repository.ts';

const BUILT_IN = { kind: 'built-in' };

/** readBuiltIns reads the templates that come with spt-flow, one directory each. */
async function readBuiltIns(directory: string): Promise<TemplateContent[]> {
  const names = (await readdir(directory)).sort();
  return Promise.all(
    names.map(async (name) => {
      const folder = path.join(directory, name);
      const files = wantedFiles(await readdir(folder)).map(async (file) => ({
        path: file,
        text: await readFile(path.join(folder, file), 'utf8'),
      }));
      return readTemplateFiles(await Promise.all(files));
    }),
  );
}

/** createBuiltIns gives an organization the templates of this release, when somebody first asks for its templates. */
export function createBuiltIns(options: {
  readonly repository: TemplatesRepository;
  readonly directory: string;
}) {
  const { repository } = options;
  const given = new Map<string, Promise<void>>();
  let contents: Promise<TemplateContent[]> | undefined;

  async function give(organizationId: string): Promise<void> {
    contents ??= readBuiltIns(options.directory);
    for (const content of await contents)
      await repository.transaction((tx) => offer(repository, { organizationId, content }, tx));
  }

  return async (organizationId: string): Promise<void> => {
    const giving = given.get(organizationId) ?? give(organizationId);
    given.set(organizationId, giving);
    await giving.catch((error: unknown) => {
      given.delete(organizationId);
      throw error;
    });
  };
}

/** A template that an organization made itself under the name stays; its own active version stays active. */
async function offer(
  repository: TemplatesRepository,
  { organizationId, content }: { organizationId: string; content: TemplateContent },
  tx: Queryable,
): Promise<void> {
  const { definition, readme } = content;
  const { name, displayName, icon, description } = definition;
  const looks = { displayName, icon, description };
  const template = await repository.lockNamed({ organizationId, name, ...looks }, tx);
  const latest = await repository.latestBuiltIn(template.id, tx);
  if (!latest && template.activeVersion !== null) return;
  const isSame = isDeepStrictEqual(latest?.definition, definition) && latest?.readme === readme;
  if (isSame) return;
  const { number } = await repository.insertVersion(
    {
      ...{ organizationId, readme, source: BUILT_IN },
      templateId: template.id,
      definition: { ...definition },
      message: latest ? 'Came with an update of spt-flow' : 'Came with spt-flow',
    },
    tx,
  );
  if (template.activeVersion === null || template.activeVersion === latest?.number)
    await repository.update(template.id, { ...looks, activeVersion: number }, tx);
}
