import { expect, it } from 'vitest';
import { kindOf } from './engine-kind.ts';

function engine(name: string, version: string) {
  const answer = { Version: version, Components: [{ Name: name, Version: version }] };
  return { version: async () => answer };
}

it.each([
  ['Engine', '20.10.24', true, 0],
  ['Podman Engine', '4.3.1', false, 1],
  ['Podman Engine', '5.2.0', false, 0],
])('%s %s: volumes are reached: %s, warnings: %i', async (name, version, reached, warnings) => {
  const kind = await kindOf(engine(name, version));

  expect(kind.archivesReachVolumes).toBe(reached);
  expect(kind.warnings).toHaveLength(warnings);
});
