import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPodman, startRootlessPodman } from '../../../../scripts/lib/podman.mjs';
import { tarOf, textContent } from '../../src/features/providers/docker/engine/tar.ts';
import { newDevcontainerStage, type DevcontainerStage } from './devcontainer-stage.ts';

const OPEN_TIMEOUT_MS = 120_000;
const usesPodman = hasPodman();

describe.each([
  { name: 'the engine of this machine', startEngine: undefined },
  ...(usesPodman ? [{ name: 'rootless Podman', startEngine: startRootlessPodman }] : []),
])('images of builds on $name', ({ startEngine }) => {
  let engine: Awaited<ReturnType<typeof startRootlessPodman>> | undefined;
  let stage: DevcontainerStage;

  beforeAll(async () => {
    engine = await startEngine?.();
    stage = await newDevcontainerStage(engine);
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    await stage.close();
    await engine?.stop();
  });

  /** An image with one file and our label, as a build leaves it. */
  async function importImage(name: string, label: string): Promise<void> {
    const content = textContent(name);
    const file = { path: 'x', mode: 0o644, uid: 0, gid: 0, content };
    const changes = [`LABEL ${label}`];
    // Podman takes the tag as a part of the name only.
    const options = { repo: name, changes };
    await text(await stage.docker.engine.importImage(Readable.from(tarOf([file])), options));
  }

  it('that no workspace uses are removed but for the newest three, and none before a second look', async () => {
    const label = `spt-flow.installation=${stage.docker.installationId}`;
    const id = await stage.running({
      '.devcontainer/devcontainer.json': JSON.stringify({
        image: stage.docker.image,
        features: { './tool': {} },
      }),
      '.devcontainer/tool/devcontainer-feature.json': '{"id":"tool","version":"1.0.0","name":"t"}',
      '.devcontainer/tool/install.sh': '#!/bin/sh\necho tool > /etc/installed\n',
    });
    const { image: used } = await stage.devcontainer(id);
    const unused = ['1', '2', '3', '4'].map(
      (number) => `spt-flow/devcontainer:${randomUUID()}-${number}`,
    );
    for (const name of unused) {
      await importImage(name, label);
      // The engine counts their age in seconds.
      await delay(1_100);
    }
    const present = async () => {
      const filters = JSON.stringify({ label: [label] });
      const images = await stage.docker.engine.listImages({ filters });
      return images.flatMap(({ RepoTags }) => RepoTags ?? []).map(withoutRegistry);
    };
    const { Config } = await stage.docker.engine.getImage(used ?? '').inspect();
    expect(Config.Labels).toMatchObject({ ManagedBy: 'spt-flow' });
    expect(await present()).toEqual(expect.arrayContaining([used, ...unused]));

    expect(await stage.devcontainers.cleanUpImages()).toEqual([]);
    const removed = await stage.devcontainers.cleanUpImages();

    expect(removed).toEqual([unused[0]]);
    expect(await present()).toEqual(expect.arrayContaining([used, ...unused.slice(1)]));
    expect(await present()).not.toContain(unused[0]);
    for (const name of unused.slice(1)) await stage.docker.engine.getImage(name).remove();
  });
});

function withoutRegistry(name: string): string {
  return name.replace(/^docker\.io\//, '');
}
