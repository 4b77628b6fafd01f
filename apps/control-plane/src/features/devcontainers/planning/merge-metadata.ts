import { HOOKS, type Hook, type LifecycleCommand, type Metadata } from '../reading/index.ts';

/** Merged is what image, features and repository say together, by the rules of the specification. */
export type Merged = Pick<
  Metadata,
  'remoteUser' | 'containerUser' | 'userEnvProbe' | 'otherPortsAttributes' | 'overrideCommand'
> & {
  readonly waitFor: NonNullable<Metadata['waitFor']>;
  readonly remoteEnv: Readonly<Record<string, string | null>>;
  readonly containerEnv: Readonly<Record<string, string>>;
  readonly portsAttributes: NonNullable<Metadata['portsAttributes']>;
  readonly forwardPorts: NonNullable<Metadata['forwardPorts']>;
  /** Those of features run before the repository's own. */
  readonly commands: Record<Hook, LifecycleCommand[]>;
};

/** mergeMetadata lets the later of several entries count, collects commands, and joins ports and variables. */
export function mergeMetadata(entries: readonly Metadata[]): Merged {
  const last = <K extends keyof Metadata>(key: K): Metadata[K] | undefined =>
    entries.findLast((entry) => entry[key] !== undefined)?.[key];
  const commandsOf = (hook: Hook) =>
    entries.map((entry) => entry[hook]).filter((command) => command !== undefined);
  return {
    remoteUser: last('remoteUser'),
    containerUser: last('containerUser'),
    userEnvProbe: last('userEnvProbe'),
    otherPortsAttributes: last('otherPortsAttributes'),
    overrideCommand: last('overrideCommand'),
    waitFor: last('waitFor') ?? 'updateContentCommand',
    remoteEnv: joined(entries.map(({ remoteEnv }) => remoteEnv)),
    containerEnv: joined(entries.map(({ containerEnv }) => containerEnv)),
    portsAttributes: joined(entries.map(({ portsAttributes }) => portsAttributes)),
    forwardPorts: [...new Set(entries.flatMap(({ forwardPorts }) => forwardPorts ?? []))],
    commands: {
      onCreateCommand: commandsOf('onCreateCommand'),
      updateContentCommand: commandsOf('updateContentCommand'),
      postCreateCommand: commandsOf('postCreateCommand'),
      postStartCommand: commandsOf('postStartCommand'),
      postAttachCommand: commandsOf('postAttachCommand'),
    },
  };
}

/** joined makes one record of several; the later count. */
export function joined<T>(
  records: readonly (Readonly<Record<string, T>> | undefined)[],
): Record<string, T> {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record ?? {})));
}

/** blockingHooks are those that a workspace has to wait for before it is ready. */
export function blockingHooks(waitFor: Merged['waitFor']): readonly Hook[] {
  return HOOKS.slice(0, HOOKS.findIndex((hook) => hook === waitFor) + 1);
}
