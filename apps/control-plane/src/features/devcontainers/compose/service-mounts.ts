import { posix } from 'node:path';
import type * as z from 'zod';
import type { ServiceMount, ServicePlan } from '../../providers/index.ts';
import type { Place } from '../../../lib/located-yaml.ts';
import {
  isEngineSocket,
  isMountTarget,
  isServiceTarget,
  permittedMount,
  type Refuse,
} from '../rules/index.ts';
import { isInside } from '../reading/index.ts';
import type { ComposeModel } from './load.ts';
import type { VolumeSchema } from './service-schema.ts';

const MODES = new Set(['rw', 'ro', 'z', 'Z', 'cached', 'delegated', 'consistent', 'nocopy']);
/** Change nothing about what is shared. */
const HARMLESS = new Set(['create_host_path', 'selinux', 'nocopy', 'size', 'mode']);

type Volume = z.infer<typeof VolumeSchema>;
type LongVolume = Exclude<Volume, string>;

export interface MountContext {
  readonly model: Pick<ComposeModel, 'locate'>;
  readonly service: string;
  readonly placeOf: (index: number) => Place;
  readonly refuse: Refuse;
  /** It is the workspace's own, with the agent in it. */
  readonly isMain: boolean;
  /** Name of the project's folder. */
  readonly projectName: string;
}

export type ServiceFiles = Pick<ServicePlan, 'mounts' | 'copies'>;

/** judgeVolumes permits volumes of the workspace, its project, and copies of what is in it; nothing of the host. */
export function judgeVolumes(volumes: readonly Volume[], context: MountContext): ServiceFiles {
  const mounts: ServiceMount[] = [];
  const copies: { from: string; to: string }[] = [];
  volumes.forEach((volume, index) => {
    const long = typeof volume === 'string' ? readShort(volume) : volume;
    const path = ['volumes', index];
    if (!long || hasOtherOptions(long))
      return context.refuse('mount-option', path, `The mount "${shown(volume)}"`);
    if (long.type === 'bind') return judgeBind(long, index, { mounts, copies, context });
    const permitted = permittedMount(
      { type: long.type, source: long.source, target: cleanTarget(long.target) },
      { path, refuse: context.refuse, isTarget: targetRule(context) },
    );
    if (!permitted) return;
    const name = long.source === '' ? `${context.service}-${permitted.name}` : permitted.name;
    mounts.push({ ...permitted, name: name.slice(0, 64), isReadOnly: long.read_only });
  });
  return { mounts, copies };
}

interface Found extends ServiceFiles {
  readonly mounts: ServiceMount[];
  readonly copies: { from: string; to: string }[];
  readonly context: MountContext;
}

/** Of the paths of a host there are only those of the project. */
function judgeBind(volume: LongVolume, index: number, { mounts, copies, context }: Found): void {
  const { model, projectName, refuse } = context;
  const { source, read_only: isReadOnly } = volume;
  const path = ['volumes', index];
  const target = cleanTarget(volume.target);
  if (isEngineSocket(source) || isEngineSocket(target))
    return refuse('docker-socket', path, `The engine's socket "${source}"`);
  const located = model.locate(context.placeOf(index), source);
  if (located === '.' || located === '..') {
    // A folder around the project, as in `../..:/workspaces`, holds nothing but the project.
    const place = located === '.' ? target : posix.join(target, projectName);
    if (!targetRule(context)(place)) return refuse('mount-target', path, `A mount at "${target}"`);
    mounts.push({ kind: 'project', name: '', target: place, isReadOnly });
  } else if (located === undefined || !isInside(located)) {
    refuse('host-mount', path, `The mount of "${source}"`);
  } else if (!isServiceTarget(target)) {
    refuse('mount-target', path, `A mount at "${target}"`);
  } else copies.push({ from: located, to: target });
}

function targetRule({ isMain }: MountContext): (target: string) => boolean {
  return isMain ? isMountTarget : isServiceTarget;
}

function readShort(text: string): LongVolume | undefined {
  const parts = text.split(':');
  const [first = '', second, mode = 'rw', ...more] = parts;
  const modes = mode.split(',');
  if (more.length > 0 || !modes.every((one) => MODES.has(one))) return undefined;
  const read_only = modes.includes('ro');
  if (second === undefined) return { type: 'volume', source: '', target: first, read_only };
  const type = /^[./~]/.test(first) ? 'bind' : 'volume';
  return { type, source: first, target: second, read_only };
}

function hasOtherOptions({ bind, volume, tmpfs }: LongVolume): boolean {
  return [bind, volume, tmpfs].some((options) =>
    Object.keys(options ?? {}).some((key) => !HARMLESS.has(key)),
  );
}

function cleanTarget(target: string): string {
  return target.replace(/(?<=.)\/$/, '');
}

function shown(volume: Volume): string {
  return typeof volume === 'string' ? volume : volume.source || volume.target;
}
