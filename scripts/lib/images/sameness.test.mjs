import { describe as describeTests, expect, it } from 'vitest';
import { ensureBaseImage } from '../base-image.mjs';
import { requireEngine } from '../container-engine.mjs';
import { engineOutput } from './images.mjs';
import { differences } from './sameness.mjs';

describeTests.skipIf(!process.env.DOCKER_HOST)('two images', () => {
  it('differ in content, mode and owner of files, and in nothing else', async () => {
    const image = await ensureBaseImage(await requireEngine());
    const changed = await changedFrom(
      image,
      'echo other > /etc/issue; chmod 700 /srv; chown 12 /opt; ln -sf /tmp /home/node/link; touch /etc/passwd',
    );
    try {
      const { count, differing } = await differences(image, changed);
      expect(differing.map((name) => name.replace(/\/$/, ''))).toEqual([
        'etc/issue',
        'home/node/link',
        'opt',
        'srv',
      ]);
      expect(count).toBeGreaterThan(1_000);
    } finally {
      await engineOutput('rmi', changed);
    }
  });
});

async function changedFrom(image, script) {
  const run = ['create', '--user', '0', image, 'sh', '-c', script];
  const container = await engineOutput(...run);
  await engineOutput('start', '--attach', container);
  const changed = await engineOutput('commit', container);
  await engineOutput('rm', container);
  return changed;
}
