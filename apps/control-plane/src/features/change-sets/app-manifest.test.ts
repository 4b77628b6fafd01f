import { describe, expect, it } from 'vitest';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import { readManifest } from './app-manifest.ts';

function filesOf(texts: Record<string, string>) {
  return {
    read: async (path: string) => {
      const text = texts[path];
      return text === undefined ? undefined : { sha256: 'x', text, executable: false };
    },
    rootNames: async () => Object.keys(texts),
  };
}

async function kindOf(texts: Record<string, string>, edits: Edit[] = []) {
  const result = await readManifest(filesOf(texts), edits);
  return result.ok ? (result.manifest?.kind ?? null) : result.reason.split(',')[0];
}

describe('readManifest', () => {
  it.each([
    [{ 'package.json': '{"scripts":{"start":"node ."}}' }, 'node-web'],
    [{ 'package.json': '{"scripts":{}}' }, null],
    [{ 'package.json': '{' }, null],
    [{ 'requirements.txt': 'flask', 'app.py': '' }, 'python-flask'],
    [{ 'go.mod': 'module x' }, 'go-web'],
    [{ 'index.html': '<p>' }, 'static-site'],
    [{ 'README.md': '' }, null],
    [{ 'spt-flow.json': '{"kind":"own","start":"./run"}', 'index.html': '' }, 'own'],
    [{ 'spt-flow.json': '{' }, 'spt-flow.json is not valid'],
    [{ 'spt-flow.json': '{"kind":"x","start":""}' }, 'spt-flow.json is not valid'],
  ])('of %j is %s', async (texts, kind) => {
    expect(await kindOf(texts)).toBe(kind);
  });

  it('sees the files as they are after the edits', async () => {
    const texts = { 'spt-flow.json': '{"kind":"own","start":"./run"}', 'index.html': '' };

    expect(await kindOf(texts, [{ action: 'delete', path: 'spt-flow.json' }])).toBe('static-site');
    expect(await kindOf({}, [{ action: 'write', path: 'go.mod', text: 'module x' }])).toBe(
      'go-web',
    );
  });
});
