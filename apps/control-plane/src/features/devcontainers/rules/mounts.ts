import { createHash } from 'node:crypto';
import type { ContainerMount } from '../../providers/index.ts';
import type { MountValue } from '../reading/index.ts';
import type { Refuse, Rule } from './refusal.ts';

const SOCKET = /(^|\/)(docker|podman|containerd|crio)(\.sock|$)/;
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Mounting over these changes what the container is, or hides the agent. */
const TAKEN =
  /^\/((bin|boot|dev|etc|lib|lib64|proc|sbin|sys|usr|opt\/spt-flow|run\/spt-flow|var\/lib\/spt-flow)(\/.*)?|run|opt|var|home|tmp)?$/;
/** Options that change nothing about what is shared. */
const HARMLESS = new Set(['consistency', 'tmpfs-size', 'tmpfs-mode', 'volume-nocopy', 'external']);
const NAMES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
};

type Fields = Readonly<Record<string, string>>;

/** mountFields takes a mount apart, whichever way it is written. */
export function mountFields(mount: MountValue): Fields {
  const pairs =
    typeof mount === 'string'
      ? mount.split(',').map((part): [string, string] => {
          const [key = '', ...value] = part.split('=');
          return [key.trim(), value.join('=').trim()];
        })
      : Object.entries(mount).map(([key, value]): [string, string] => [key, String(value)]);
  return Object.fromEntries(pairs.map(([key, value]) => [NAMES[key] ?? key, value]));
}

export interface MountJudging {
  readonly path: (string | number)[];
  readonly refuse: Refuse;
  readonly isTarget?: (target: string) => boolean;
}

/** permittedMount returns a mount of something that belongs to the workspace; everything else is refused. */
export function permittedMount(
  mount: MountValue,
  { path, refuse, isTarget = isMountTarget }: MountJudging,
): ContainerMount | undefined {
  const { type = 'volume', source = '', target = '', ...options } = mountFields(mount);
  const shown = `"${source || target}"`;
  const no = (rule: Rule, problem: string): undefined => {
    refuse(rule, path, problem);
  };
  if (isEngineSocket(source) || isEngineSocket(target))
    return no('docker-socket', `The engine's socket ${shown}`);
  if ((type !== 'volume' && type !== 'tmpfs') || source.includes('/'))
    return no('host-mount', `The mount of ${shown} (type "${type}")`);
  const option = Object.keys(options).find((key) => !HARMLESS.has(key));
  if (option !== undefined) return no('mount-option', `The option "${option}" of a mount`);
  if (!isTarget(target)) return no('mount-target', `A mount at "${target}"`);
  if (type === 'tmpfs') return { kind: 'tmpfs', name: '', target };
  if (source !== '' && !VOLUME_NAME.test(source))
    return no('host-mount', `A volume named ${shown}`);
  return { kind: 'volume', name: source || anonymousName(target), target };
}

/** isEngineSocket is true for a path that is, or holds, the socket of an engine. */
export function isEngineSocket(path: string): boolean {
  return SOCKET.test(path);
}

/** isMountTarget is true for a place that something of the workspace may be mounted at. */
export function isMountTarget(target: string): boolean {
  const parts = target.split('/').slice(1);
  const isClean = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return target.startsWith('/') && isClean && !/[\0:,]/.test(target) && !TAKEN.test(target);
}

/** isServiceTarget is the same for a container without an agent: only what the kernel shows is not its own. */
export function isServiceTarget(target: string): boolean {
  return isMountTarget(`/service${target}`) && !/^\/(proc|sys|dev)(\/|$)/.test(target);
}

/** A volume without a name belongs to its place. */
function anonymousName(target: string): string {
  return `at-${createHash('sha256').update(target).digest('hex').slice(0, 16)}`;
}

/** volumeArgument reads `-v name:/path`; undefined: it is no such thing. */
export function volumeArgument(value: string): MountValue | undefined {
  const [source, target, options] = value.split(':');
  if (options !== undefined || source === undefined) return undefined;
  return target === undefined ? { target: source } : { source, target };
}
