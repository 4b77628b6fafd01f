import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_MANIFEST_FILE, AppManifestSchema } from '@spt-flow/shared/domain/app-manifest';
import { printSettings, type AppSettings } from './app-settings.ts';
import type { AppTemplate } from './app-templates.ts';
import { PIPELINE_FILE, pipelineFile } from './pipeline-file.ts';

export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

/** Stored without their dot, so that they do not act on the repository of the templates. */
const GITIGNORE = '_gitignore';

async function readLayer(folder: string): Promise<TemplateFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
      return {
        path: path === GITIGNORE ? '.gitignore' : path,
        text: await readFile(join(folder, path), 'utf8'),
      };
    }),
  );
}

/** Commands and their image are said once, in the manifest and the Dockerfile. */
function pipelineOf(files: ReadonlyMap<string, string>): string {
  const manifest = AppManifestSchema.parse(JSON.parse(files.get(APP_MANIFEST_FILE) ?? ''));
  const [, image] = /^FROM (\S+)/m.exec(files.get('Dockerfile') ?? '') ?? [];
  if (image === undefined) throw new Error('a template has no Dockerfile');
  return pipelineFile(manifest, image);
}

/** readTemplate returns the files of an app: its layers over each other, and its settings. */
export async function readTemplate(
  templatesDir: string,
  template: AppTemplate,
  settings: AppSettings,
): Promise<TemplateFile[]> {
  const files = new Map<string, string>();
  for (const layer of template.layers) {
    for (const { path, text } of await readLayer(join(templatesDir, layer))) files.set(path, text);
  }
  const readme = files.get('README.md');
  if (readme !== undefined)
    files.set(
      'README.md',
      readme.replaceAll('{{title}}', () => settings.title),
    );
  files.set('app.json', printSettings(settings));
  files.set(PIPELINE_FILE, pipelineOf(files));
  return [...files]
    .map(([path, text]) => ({ path, text }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}
