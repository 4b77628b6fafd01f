import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const source = path.resolve(import.meta.dirname, '../src');

describe('the contract package', () => {
  it('bundles for the browser: it reaches neither Node modules nor anything but zod', async () => {
    const files = (await readdir(source, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );

    const result = await build({
      entryPoints: files.map((file) => path.join(source, file)),
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      outdir: 'out',
      metafile: true,
      logLevel: 'silent',
    });

    const packages = Object.keys(result.metafile.inputs).flatMap(
      (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [],
    );
    expect([...new Set(packages)]).toEqual(['zod']);
  });

  it('keeps the agent protocol on zod/mini, so that the agent stays small', async () => {
    const directory = path.join(source, 'agent-protocol');
    const files = await readdir(directory);

    const texts = await Promise.all(
      files.map((file) => readFile(path.join(directory, file), 'utf8')),
    );
    const imports = texts.flatMap((text) => /from '(zod[^']*)'/.exec(text)?.[1] ?? []);

    expect(new Set(imports)).toEqual(new Set(['zod/mini']));
  });
});
