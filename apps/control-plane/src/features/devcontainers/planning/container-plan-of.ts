import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { ContainerPlan } from '../../providers/index.ts';
import type { JudgedService } from '../compose/index.ts';
import type { ConfigDocument, DevcontainerConfig, Metadata } from '../reading/index.ts';
import type { Planned } from './planned.ts';
import type { ImageFacts } from '../images/index.ts';
import { blockingHooks, joined, mergeMetadata } from './merge-metadata.ts';
import {
  isMountTarget,
  judgeConfig,
  judgeMetadata,
  RefusalList,
  type Limits,
  type Wishes,
} from '../rules/index.ts';
import { namedPorts } from './port-names.ts';
import { substitute, type Variables } from './variables.ts';

const DEFAULT_FOLDER = '/workspace';

export interface PlanInput {
  readonly document: ConfigDocument;
  /** As it was written, variables of the container included. */
  readonly config: DevcontainerConfig;
  readonly image: { readonly name: string; readonly facts: ImageFacts };
  readonly limits: Limits;
  readonly variables: Variables;
  /** Where the project lies and what else is asked for, by the service of a Compose file. */
  readonly service: JudgedService | undefined;
}

export type PlannedContainer = Pick<Planned, 'lifecycle' | 'ports' | 'secrets'> & {
  readonly container: Omit<ContainerPlan, 'services'>;
  /** What the devcontainer says that has no effect here. */
  readonly notes: readonly string[];
};

/** planContainer judges what image and repository ask for, and returns the container that they get. */
export function planContainer(input: PlanInput): PlannedContainer {
  const { image, service } = input;
  const resolved = resolve(input);
  const { mountAt, folder, known, containerEnv, config, entries } = resolved;
  const wishes = permittedWishes(input, resolved);
  const merged = mergeMetadata([...entries, config]);
  const remoteEnv = substitute(merged.remoteEnv, known);
  return {
    container: {
      image: image.name,
      user:
        merged.remoteUser ||
        wishes.at(-1)?.user ||
        merged.containerUser ||
        service?.plan.user ||
        null,
      workspaceFolder: mountAt,
      environment: joinEnvironment([
        service?.plan.environment ?? {},
        containerEnv,
        ...wishes.map(({ environment }) => environment),
        remoteEnv,
      ]),
      ...joinWishes(wishes),
      command: commandOf(input, merged.overrideCommand),
      aliases: service ? [service.name, ...service.plan.aliases] : [],
      networkOf: service?.plan.networkOf ?? null,
      dependsOn: service?.plan.dependsOn ?? [],
    },
    lifecycle: {
      commands: substitute(merged.commands, known),
      blocking: [...blockingHooks(merged.waitFor)],
      userEnvProbe: merged.userEnvProbe ?? 'loginInteractiveShell',
      remoteEnv,
      folder,
    },
    ports: namedPorts(merged),
    secrets: Object.entries(config.secrets ?? {}).map(([name, { description = null }]) => ({
      name,
      description,
    })),
    notes: notesOn(entries, wishes),
  };
}

/** What service, image and repository ask for, each of them judged. */
function permittedWishes(
  { image, limits, service, document }: PlanInput,
  { mountAt, config, entries }: ReturnType<typeof resolve>,
): Wishes[] {
  const refusals = new RefusalList();
  const refuse = refusals.in(document);
  if (!isMountTarget(mountAt))
    refuse('mount-target', ['workspaceFolder'], `A workspace at "${mountAt}"`);
  const wishes = [
    ...(service ? [wishesOf(service)] : []),
    ...entries.map((entry) =>
      judgeMetadata(entry, limits, refusals.inImage(entry.id ?? `the image "${image.name}"`)),
    ),
    judgeConfig(config, limits, refuse),
  ];
  refusals.throwIfAny();
  return wishes;
}

/** Variables of the container are known once its image is: what they stand for is judged like everything else. */
function resolve({ config: written, image, variables, service }: PlanInput) {
  const place = placeOf(written, variables, service);
  const containerWorkspaceFolder = posix.join(place.mountAt, place.folder);
  const ofImage = { ...variables, containerWorkspaceFolder, containerEnv: image.facts.environment };
  const containerEnv = substitute(
    mergeMetadata([...image.facts.metadata, written]).containerEnv,
    ofImage,
  );
  const known = { ...ofImage, containerEnv: { ...ofImage.containerEnv, ...containerEnv } };
  const entries: Metadata[] = image.facts.metadata.map((entry) => substitute(entry, known));
  return { ...place, known, containerEnv, config: substitute(written, known), entries };
}

/** placeOf says where the project lies: where a service mounts it, or else where the configuration says. */
export function placeOf(
  { workspaceFolder }: Pick<DevcontainerConfig, 'workspaceFolder'>,
  variables: Variables,
  service: JudgedService | undefined,
): { mountAt: string; folder: string } {
  const mounted = service?.plan.mounts.find(({ kind }) => kind === 'project')?.target;
  const usual = mounted ?? variables.localWorkspaceFolder;
  const text = substitute(workspaceFolder ?? mounted ?? DEFAULT_FOLDER, {
    ...variables,
    containerWorkspaceFolder: undefined,
  });
  const clean = posix.normalize(text).replace(/(?<=.)\/$/, '');
  // A folder inside of its place is a part of it.
  if (!clean.startsWith(`${usual}/`)) return { mountAt: clean, folder: '' };
  return { mountAt: usual, folder: clean.slice(usual.length + 1) };
}

function joinWishes(wishes: readonly Wishes[]) {
  const mounts = new Map(
    wishes.flatMap((wish) => wish.mounts).map((mount) => [mount.target, mount]),
  );
  return {
    mounts: [...mounts.values()],
    capabilities: [...new Set(wishes.flatMap((wish) => wish.capabilities))],
    securityOptions: [...new Set(wishes.flatMap((wish) => wish.securityOptions))],
    privileged: wishes.some((wish) => wish.privileged),
    init: wishes.some((wish) => wish.init),
  };
}

/** What the agent runs is what the specification calls remote: it gets both kinds of variables. */
function joinEnvironment(
  records: readonly Readonly<Record<string, string | null>>[],
): Record<string, string> {
  const all = Object.entries(joined(records));
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** The command that images and services of Compose start as theirs; the agent takes its place, and it runs beside. */
function commandOf(
  { image, service }: PlanInput,
  overrideCommand: boolean | undefined,
): ContainerPlan['command'] {
  const { entrypoint, command } = service?.plan ?? { entrypoint: null, command: null };
  if (overrideCommand ?? !service) return null;
  const usual = entrypoint ? [] : image.facts.command;
  const words = [...(entrypoint ?? image.facts.entrypoint), ...(command ?? usual)];
  return words.length > 0 ? words : null;
}

/** What the service of a Compose file was permitted. */
function wishesOf({ plan }: JudgedService): Wishes {
  return {
    mounts: plan.mounts.flatMap(({ kind, name, target }) =>
      kind === 'project' ? [] : [{ kind, name, target }],
    ),
    capabilities: [...plan.capabilities],
    securityOptions: [...plan.securityOptions],
    environment: {},
    ...{ privileged: plan.privileged, init: plan.init, user: undefined, ignored: [] },
  };
}

function notesOn(entries: readonly Metadata[], wishes: readonly Wishes[]): string[] {
  const ignored = wishes.flatMap((wish) => wish.ignored).map((name) => `--${name}`);
  const entrypoints = entries
    .filter((entry) => entry.entrypoint)
    .map((entry) => entry.id ?? 'image');
  return [
    ...(ignored.length > 0
      ? [`Decided by the workspace, not by runArgs: ${ignored.join(', ')}`]
      : []),
    ...entrypoints.map((id) => `The entrypoint of ${id} is not started`),
  ];
}

/** devcontainerId names the devcontainer of a workspace; it stays the same whatever is rebuilt. */
export function devcontainerId(workspaceId: string): string {
  const number = BigInt(`0x${createHash('sha256').update(workspaceId).digest('hex')}`);
  return number.toString(32).padStart(52, '0');
}
