import { createHash } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { bootstrap } from '../bootstrap.mjs';
import { cached } from '../cache.mjs';
import { findCommand } from '../chromium.mjs';
import { Failure } from '../failure.mjs';
import { succeed } from '../infra/tools/programs.mjs';
import { withProgress } from '../progress.mjs';
import { inRoot } from '../root.mjs';

/** Of the version that the Compose file names: change both together. */
const PINNED = {
  version: '26.4.5',
  sha512:
    '969c86a678d104eae7822e0d32ac8225b207af9d56f612eda3d985f512ef89d5a62f760b182edd0fdf86ac22e1359fa3214db77932e7fc1d2af474c109fa9973',
};
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy';
const PARTS = [
  { name: 'mvn', packages: ['maven'], isPresent: () => Boolean(findCommand('mvn')) },
  { name: 'unzip', packages: ['unzip'], isPresent: () => Boolean(findCommand('unzip')) },
];

/** keycloakFiles is a folder with Keycloak's own distribution, as its makers publish it for Java. */
export async function keycloakFiles() {
  const { services } = parse(await readFile(inRoot('docker/compose.yaml'), 'utf8'), {
    merge: true,
  });
  const [, wanted] = services.keycloak.image.split(':');
  if (wanted !== PINNED.version)
    throw new Failure(`docker/compose.yaml has Keycloak ${wanted}, the trial ${PINNED.version}`);
  return cached({ name: 'keycloak', recipe: PINNED }, async (folder) => {
    await bootstrap(PARTS);
    await withProgress(`Fetching Keycloak ${PINNED.version}`, () => unpack(folder));
  });
}

async function unpack(folder) {
  const name = 'keycloak-quarkus-dist';
  await succeed('mvn', [
    ...['--batch-mode', '--quiet', MAVEN_PLUGIN, `-DoutputDirectory=${folder}`],
    `-Dartifact=org.keycloak:${name}:${PINNED.version}:zip`,
  ]);
  const archive = path.join(folder, `${name}-${PINNED.version}.zip`);
  const sum = createHash('sha512')
    .update(await readFile(archive))
    .digest('hex');
  if (sum !== PINNED.sha512) throw new Failure(`${name} ${PINNED.version} is not what was pinned`);
  await succeed('unzip', ['-q', archive, '-d', folder]);
  await rename(path.join(folder, `keycloak-${PINNED.version}`), path.join(folder, 'keycloak'));
  await rm(archive);
}
