import * as z from 'zod';
import type { Engine } from './engine.ts';

/** EngineKind is what engines of one API do differently, as far as it can't be seen in their answers. */
export interface EngineKind {
  /** Files that are put into a container that never ran reach its volumes from the root. */
  readonly archivesReachVolumes: boolean;
  /** What owners of workspaces should know. */
  readonly warnings: readonly string[];
}

export const DOCKER: EngineKind = { archivesReachVolumes: true, warnings: [] };

/** Up to there its rules between networks are made by iptables, and are lost when one of the networks ends. */
const LAST_WITHOUT_NETWORK_RULES = 4;
const MEETING_NETWORKS =
  'Workspaces of different projects can reach each other: Podman keeps its networks apart from version 5 on';

const VersionSchema = z.object({
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).nullish(),
});

/** kindOf asks the engine what it is. */
export async function kindOf(api: { version(): Promise<unknown> }): Promise<EngineKind> {
  const podman = podmanIn(await api.version());
  if (!podman) return DOCKER;
  const isOld = Number.parseInt(podman.Version, 10) <= LAST_WITHOUT_NETWORK_RULES;
  return { archivesReachVolumes: false, warnings: isOld ? [MEETING_NETWORKS] : [] };
}

/** describe says what the engine is, for people. */
export async function describe({ api, socket }: Pick<Engine, 'api' | 'socket'>): Promise<string> {
  const answer = await api.version();
  const name = podmanIn(answer) ? 'Podman' : 'Container engine';
  return `${name} ${answer.Version} (${answer.Arch}) at ${socket}`;
}

function podmanIn(answer: unknown) {
  const { Components: components } = VersionSchema.parse(answer);
  return components?.find(({ Name }) => Name === 'Podman Engine');
}
