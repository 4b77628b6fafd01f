import { posix } from 'node:path';
import * as z from 'zod';
import {
  isInside,
  parseConfigDocument,
  type ConfigFiles,
  type DevcontainerConfig,
} from '../reading/index.ts';
import type { Refuse } from './refusal.ts';

type Features = NonNullable<DevcontainerConfig['features']>;

export interface FeatureRules {
  /** Registry, with a path where it has one, that features are fetched from; undefined: none are. */
  readonly mirror: string | undefined;
  readonly refuse: Refuse;
}

/** judgeFeatures permits features of the repository, and those of registries through a mirror; it returns where they are. */
export function judgeFeatures(
  files: ConfigFiles,
  { features = {} }: DevcontainerConfig,
  { mirror, refuse }: FeatureRules,
): Features {
  const folder = posix.dirname(files.file);
  const entries = Object.entries(features).map(([id, options]): [string, Features[string]] => {
    const no = (what: string) => refuse('feature', ['features', id], what);
    if (!id.startsWith('./')) {
      const mirrored = throughMirror(id, mirror);
      if (mirrored === undefined) no(`The feature "${id}", which has to be fetched,`);
      return [mirrored ?? id, options];
    }
    if (!isInside(posix.normalize(posix.join(folder, id))))
      no(`The feature "${id}", which is outside of the repository,`);
    for (const needed of dependenciesOf(files, posix.join(folder, id)))
      if (throughMirror(needed, mirror) === undefined)
        no(`The feature "${needed}", which "${id}" needs and which has to be fetched,`);
    return [id, options];
  });
  return Object.fromEntries(entries);
}

/** With the mirror `m.example/oci`, `ghcr.io/devcontainers/features/git:1` is `m.example/oci/devcontainers/features/git:1`. */
function throughMirror(id: string, mirror: string | undefined): string | undefined {
  const [host = '', ...rest] = id.split('/');
  const isOfRegistry = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i.test(host) && rest.length > 0;
  return isOfRegistry && mirror !== undefined ? [mirror, ...rest].join('/') : undefined;
}

const DependenciesSchema = z.object({ dependsOn: z.record(z.string(), z.unknown()).default({}) });

function dependenciesOf(files: ConfigFiles, folder: string): string[] {
  const file = posix.join(folder, 'devcontainer-feature.json');
  const text = files.features.get(file);
  if (text === undefined) return [];
  const { dependsOn } = DependenciesSchema.parse(parseConfigDocument(file, text).value);
  return Object.keys(dependsOn).filter((id) => !id.startsWith('./'));
}
