import { AppManifestSchema, type AppManifest } from '@spt-flow/shared/domain/app-manifest';
import * as z from 'zod';

const PackageSchema = z.looseObject({ scripts: z.record(z.string(), z.string()).default({}) });

/** A kind of app as it is recognised by its files. */
interface FoundKind {
  /** For people. */
  readonly label: string;
  isIn(paths: ReadonlySet<string>): boolean;
  /** What has to be read before it can be started. */
  readonly reads: string | null;
  /** Null: there is nothing to start. */
  manifest(paths: ReadonlySet<string>, text: string): Partial<AppManifest> | null;
}

const VENV =
  'test -x .venv/bin/python || python3 -m venv .venv; .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt';

function scriptsOf(text: string): Readonly<Record<string, string>> {
  try {
    return PackageSchema.parse(JSON.parse(text)).scripts;
  } catch {
    // Somebody else's file: what cannot be read says nothing.
    return {};
  }
}

/** What is more special comes first. */
const KINDS: readonly FoundKind[] = [
  {
    label: 'Node.js',
    isIn: (paths) => paths.has('package.json'),
    reads: 'package.json',
    manifest(paths, text) {
      const { start, build } = scriptsOf(text);
      if (start === undefined) return null;
      const install = paths.has('package-lock.json') ? 'npm ci' : 'npm install';
      return {
        kind: 'node',
        build: `${install} --no-audit --no-fund --loglevel=error${build === undefined ? '' : ' && npm run build'}`,
        start: 'npm start',
      };
    },
  },
  {
    label: 'Python',
    isIn: (paths) => paths.has('requirements.txt') && (paths.has('app.py') || paths.has('main.py')),
    reads: null,
    manifest: (paths) => ({
      kind: 'python',
      build: VENV,
      start: `.venv/bin/python ${paths.has('app.py') ? 'app.py' : 'main.py'}`,
    }),
  },
  {
    label: 'Go',
    isIn: (paths) => paths.has('go.mod') && paths.has('main.go'),
    reads: null,
    manifest: () => ({ kind: 'go', build: 'go build -o .build/app .', start: '.build/app' }),
  },
  {
    label: 'a static site',
    isIn: (paths) => paths.has('index.html'),
    reads: null,
    manifest: () => ({
      kind: 'static-site',
      start: 'python3 -m http.server --bind 127.0.0.1 "$PORT"',
    }),
  },
];

/** foundKind recognises an app by the files of a repository. */
export function foundKind(paths: readonly string[]): FoundKind | undefined {
  const known = new Set(paths);
  return KINDS.find((kind) => kind.isIn(known));
}

/** foundManifest says how an app that was recognised is started; null: it does not say. */
export function foundManifest(
  kind: FoundKind,
  { paths, text }: { readonly paths: readonly string[]; readonly text: string },
): string | null {
  const manifest = kind.manifest(new Set(paths), text);
  return manifest && `${JSON.stringify(AppManifestSchema.parse(manifest), null, 2)}\n`;
}
