import type { Edit } from '@spt-flow/shared/api/change-sets';
import {
  APP_MANIFEST_FILE,
  AppManifestSchema,
  type AppManifest,
} from '@spt-flow/shared/domain/app-manifest';
import * as z from 'zod';
import type { WorkspaceFiles } from './workspace-files.ts';

const PackageSchema = z.object({ scripts: z.object({ start: z.string() }) });

export type ManifestResult =
  | { readonly ok: true; readonly manifest: AppManifest | null }
  | { readonly ok: false; readonly reason: string };

/** readManifest says how the app is run once the edits are in place; null when there is no app. */
export async function readManifest(
  files: WorkspaceFiles,
  edits: readonly Edit[],
): Promise<ManifestResult> {
  const edited = new Map(edits.map((edit) => [edit.path, edit]));

  async function textOf(path: string): Promise<string | null> {
    const edit = edited.get(path);
    if (edit) return edit.action === 'write' ? edit.text : null;
    return (await files.read(path))?.text ?? null;
  }

  const declared = await textOf(APP_MANIFEST_FILE);
  if (declared !== null) return parseManifest(declared);
  const names = new Set(await files.rootNames());
  for (const edit of edits) {
    if (edit.action === 'delete') names.delete(edit.path);
    else names.add(edit.path);
  }
  return { ok: true, manifest: await detect(names, textOf) };
}

function parseManifest(text: string): ManifestResult {
  try {
    return { ok: true, manifest: AppManifestSchema.parse(JSON.parse(text)) };
  } catch (error) {
    const words = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return {
      ok: false,
      reason: `${APP_MANIFEST_FILE} is not valid, so the app could not be started\n${words}`,
    };
  }
}

async function detect(
  names: ReadonlySet<string>,
  textOf: (path: string) => Promise<string | null>,
): Promise<AppManifest | null> {
  if (names.has('package.json') && hasStartScript(await textOf('package.json'))) {
    return {
      kind: 'node-web',
      build: 'npm install --no-audit --no-fund',
      start: 'npm start',
      probePath: '/',
    };
  }
  if (names.has('requirements.txt') && names.has('app.py')) {
    return {
      kind: 'python-flask',
      build:
        'test -x .venv/bin/python || python3 -m venv .venv; .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt',
      start: '.venv/bin/python app.py',
      probePath: '/',
    };
  }
  if (names.has('go.mod')) {
    return {
      kind: 'go-web',
      build: 'go build -o .build/app .',
      start: '.build/app',
      probePath: '/',
    };
  }
  if (names.has('index.html')) {
    return {
      kind: 'static-site',
      build: null,
      start: 'python3 -m http.server "$PORT" --bind 127.0.0.1',
      probePath: '/',
    };
  }
  return null;
}

function hasStartScript(text: string | null): boolean {
  try {
    return PackageSchema.safeParse(JSON.parse(text ?? 'null')).success;
  } catch {
    // The syntax check of the change set says what is wrong with it.
    return false;
  }
}
