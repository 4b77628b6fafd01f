import type { DockerProvider } from './docker/docker-provider.ts';

/** Hosts are servers in whose container engines workspaces run. */
export interface Hosts {
  /** Nothing is connected by it. */
  of(hostId: string): DockerProvider;
  /** Those that were asked for. */
  readonly known: ReadonlyMap<string, DockerProvider>;
  forget(hostId: string): void;
}

/** createHosts makes the provider of a host when it is asked for, because another replica may have made it a host. */
export function createHosts(open: (hostId: string) => DockerProvider): Hosts {
  const known = new Map<string, DockerProvider>();
  return {
    known,
    of(hostId) {
      const provider = known.get(hostId) ?? open(hostId);
      known.set(hostId, provider);
      return provider;
    },
    forget: (hostId) => void known.delete(hostId),
  };
}
