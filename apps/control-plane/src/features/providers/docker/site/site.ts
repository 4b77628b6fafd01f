import type Docker from 'dockerode';
import type { JoinInstructions, WorkspaceSpec } from '../../provider.ts';
import type { Egress } from '../network/egress.ts';
import type { Network } from '../network/networks.ts';

/** Doors are how a container gets out, and its agent to the control plane. */
export interface Doors {
  readonly egress: Egress;
  /** What it sees of its machine. */
  readonly mounts: NonNullable<Docker.HostConfig['Mounts']>;
  /** Puts into it what its agent and git read; it never ran. */
  furnish(container: Docker.Container): Promise<void>;
  /** What its agent must know to come in. */
  settings(join: JoinInstructions): Readonly<Record<string, string>>;
  /** Once the container runs. */
  complete(): Promise<void>;
  close(): Promise<void>;
}

/** Site is the machine of an engine as containers need it: this one, or one that only its agent reaches. */
export interface Site {
  openDoors(spec: WorkspaceSpec, network: Network): Promise<Doors>;
  /** Says to git who works in one that runs; absent: that takes a program in it. */
  readonly nameOwner?: (workspaceId: string, owner: WorkspaceSpec['owner']) => Promise<void>;
  /** Removes what was kept for the doors of a workspace. */
  forget(workspaceId: string): Promise<void>;
}
