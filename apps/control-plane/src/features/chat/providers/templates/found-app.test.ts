import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../testing/memory-files.ts';
import { turnHarness } from '../../testing/turn-harness.ts';
import { createTemplateProvider } from './template-provider.ts';

const provider = createTemplateProvider({
  templatesDir: fileURLToPath(new URL('../../app-templates', import.meta.url)),
});

async function ask(files: Record<string, string>, request = 'Start the app') {
  const harness = turnHarness(provider, { files: memoryFiles(files) });
  const { text } = await harness.run(request);
  const [edit] = harness.changes[0]?.edits ?? [];
  const manifest: unknown = edit?.action === 'write' ? JSON.parse(edit.text) : undefined;
  return { text, path: edit?.path, manifest };
}

describe('an app that somebody else wrote', () => {
  it.each([
    [
      { 'package.json': '{"scripts":{"start":"node .","build":"tsc"}}', 'package-lock.json': '{}' },
      {
        kind: 'node',
        build: 'npm ci --no-audit --no-fund --loglevel=error && npm run build',
        start: 'npm start',
      },
    ],
    [
      { 'requirements.txt': 'flask', 'main.py': '' },
      { kind: 'python', start: '.venv/bin/python main.py' },
    ],
    [
      { 'go.mod': 'module a', 'main.go': '' },
      { kind: 'go', start: '.build/app' },
    ],
    [
      { 'index.html': '<p>', 'README.md': '' },
      { kind: 'static-site', build: null },
    ],
  ])('is recognised by its files and started: %j', async (files, expected) => {
    expect(await ask(files)).toMatchObject({
      path: 'spt-flow.json',
      manifest: { probePath: '/', ...expected },
      text: expect.stringContaining('Done: your app is running'),
    });
  });

  it('is only started when that is asked', async () => {
    const { text, manifest } = await ask({ 'index.html': '<p>' }, 'make it blue');

    expect(text).toContain('Say “Start the app”');
    expect(manifest).toBeUndefined();
  });

  it.each(['{}', 'no JSON'])('is not started when its %s does not say how', async (text) => {
    expect((await ask({ 'package.json': text })).text).toContain('does not say how it is started');
  });
});
