import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../../cache.mjs';
import { unpackPackage } from '../../npm-package.mjs';
import { inRoot } from '../../root.mjs';
import { capture } from '../../run.mjs';

/** Its one file for browsers has all that it needs; as a dependency it would bring hundred megabytes of others. */
const MERMAID = {
  specifier: 'mermaid@11.12.0',
  integrity:
    'sha512-ZudVx73BwrMJfCFmSSJT84y6u5brEoV8DOItdHomNLz32uBjNrelm7mg95X7g+C6UoQH/W6mBLGDEDv73JdxBg==',
};
const FOLDERS = ['docs', 'docs/infrastructure'];

/** diagramProblems has Mermaid itself read the diagrams. */
export async function diagramProblems(root) {
  const files = await Promise.all(
    FOLDERS.map(async (folder) => {
      const names = await readdir(path.join(root, folder));
      return names
        .filter((name) => name.endsWith('.mmd'))
        .map((name) => path.join(root, folder, name));
    }),
  );
  const { exitCode, output } = await capture(process.execPath, [
    inRoot('scripts/lib/infra/files/parse-diagrams.mjs'),
    await mermaidFile(),
    ...files.flat(),
  ]);
  return exitCode === 0 ? [] : [output.trim()];
}

async function mermaidFile() {
  const folder = await cached({ name: 'mermaid', recipe: MERMAID }, (target) =>
    unpackPackage(MERMAID, target),
  );
  return path.join(folder, 'dist/mermaid.min.js');
}
