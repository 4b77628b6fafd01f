import type { Readable } from 'node:stream';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { PlaceLack } from '@spt-flow/shared/domain/places';
import type { LogLevel } from '../logs/index.ts';
import type { ContainerPlan } from './container-plan.ts';

/** WorkspaceSpec is what a provider must know to run one workspace. */
export interface WorkspaceSpec {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly name: string;
  readonly settings: WorkspaceSettings;
  /** Which state of its files it is started with. */
  readonly revision: number;
  /** Takes precedence over the image of the settings; null: there is no devcontainer, or it is not known yet. */
  readonly container: ContainerPlan | null;
  readonly owner: { readonly name: string; readonly email: string };
  /** Makes a one-time token: asked for only by who hands it to the workspace. */
  readonly join: () => Promise<JoinInstructions>;
  /** Tells what a start does that takes its time; absent: nobody waits. */
  readonly report?: WorkspaceReport;
}

/** WorkspaceReport tells whoever waits what happens meanwhile. */
export interface WorkspaceReport {
  /** A line for the log of the workspace. */
  readonly log: (level: LogLevel, text: string) => void;
  /** How far it is, in a few words. */
  readonly progress: (words: string) => void;
}

/** JoinInstructions let the agent find the control plane, check that it is the right one, and prove that it was invited. */
export interface JoinInstructions {
  readonly url: string;
  /** SHA-256 of the control plane's public key, base64url. */
  readonly serverKey: string;
  readonly token: string;
}

export interface StartedWorkspace {
  /** What the owner should know about isolation. */
  readonly warnings: readonly string[];
  /** Kept in the workspace's row, to find it again. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Resolves when the workspace ended, whoever ended it, with the cause in plain words. */
  readonly ended: Promise<string>;
}

/** WorkspaceFiles is one state of what is kept for a workspace: a restored one lies beside the one before until it is proved. */
export interface WorkspaceFiles {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly revision: number;
  /** What they may take at most, where that is set aside. */
  readonly size: WorkspaceSettings['size'];
  /** Whom the workspace ran as last, as numbers, where its provider said so (`StartedWorkspace`). */
  readonly user?: string | undefined;
}

/** WorkspacePart is one of the places that are kept, e.g. `home`, as a tar archive with paths relative to it. */
export interface WorkspacePart {
  readonly name: string;
  readonly archive: Readable;
}

/** WorkspaceCopies reads and fills the files of workspaces; the agent's own state, which is its identity, is never among them. */
export interface WorkspaceCopies {
  /** Hands over one part after the other; meanwhile nothing that runs in the workspace goes on. */
  read(files: WorkspaceFiles, take: (part: WorkspacePart) => Promise<void>): Promise<void>;
  /** Makes the state anew out of the parts, which were checked; what was there of it is gone. */
  write(files: WorkspaceFiles, parts: AsyncIterable<WorkspacePart>): Promise<void>;
  /** Removes all states but this one. */
  keepOnly(files: WorkspaceFiles): Promise<void>;
}

/** PullWatch follows the fetching of an image; it says in words for people how far it is. */
export interface PullWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (words: string) => void;
}

export interface StopOptions {
  /** How long processes may take to end by themselves. */
  readonly graceMs: number;
  readonly report?: WorkspaceReport;
}

/** WorkspaceProvider runs workspaces somewhere. Every operation may be repeated: it brings about a state, whatever was before. */
export interface WorkspaceProvider {
  /** False: the machine is somebody else's, who turns it on and off; only its agent listens to us. */
  readonly ownsMachine: boolean;
  /** What it runs goes on while no control plane does, and `inspect` finds it again; absent: it ends with us. */
  readonly outlivesControlPlane?: boolean;
  /** A start may take so long, because it fetches images itself; one that takes longer it ends itself. Absent: as others. */
  readonly startSeconds?: number;
  /** Its machine is another one, which may hold files that are not ours, and which others may stop; absent: it is here. */
  readonly isElsewhere?: true;
  /** What a stop or a deletion may take; absent: as long as it takes here. */
  readonly endSeconds?: number;
  /** What its workspaces can't have; absent: nothing. */
  readonly lacks?: readonly PlaceLack[];
  /** Whether it would run a workspace now, told at once; absent: it is there as it was set up. */
  answers?(): Promise<boolean>;
  /** What owners of its workspaces should know about isolation, as things are now. */
  readonly warnings: readonly string[];
  /** What starting would do, for people. */
  plan(name: string): readonly string[];
  /** An image that has to be fetched before a start with these settings; absent: the provider has no images. */
  missingImage?(settings: WorkspaceSettings): Promise<string | undefined>;
  /** Fetches it: it takes as long as it makes progress. */
  pullImage?(name: string, watch: PullWatch): Promise<void>;
  /**
   * Ends what still runs of this workspace, then starts it; resolves once it runs: before its agent has connected
   * where the provider owns the machine, elsewhere through the connected agent. It ends with the signal, and says in
   * words for people what it waits for.
   */
  start(
    spec: WorkspaceSpec,
    signal?: AbortSignal,
    onProgress?: (words: string) => void,
  ): Promise<StartedWorkspace>;
  /** Says to git who works in one that runs; absent: that takes a program in it. */
  nameOwner?(workspaceId: string, owner: WorkspaceSpec['owner']): Promise<void>;
  /** Ends all processes; the files stay. */
  stop(workspaceId: string, options: StopOptions): Promise<void>;
  /** Stops it and removes its files. */
  delete(workspaceId: string, report?: WorkspaceReport): Promise<void>;
  /**
   * `away`: the machine is somebody else's and can't be asked. `stopped`: somebody else stopped it, who may, and so it
   * stays until a person starts it.
   */
  inspect(workspaceId: string): Promise<'running' | 'absent' | 'away' | 'stopped'>;
  /** What each workspace takes on the disk, in bytes, as long as one of them runs; absent: nothing limits it. */
  diskUse?(): Promise<ReadonlyMap<string, number>>;
  /** Why virtual machines can't run inside of its workspaces; undefined: they can; absent: never. */
  virtualizationProblem?(): string | undefined;
  /** Graphics processors that one of its workspaces may have; absent: none. */
  readonly maxGpus?: number;
  /** A machine made now would be of another image; absent: there are none. */
  isOutdated?(workspaceId: string): Promise<boolean>;
  /** Last lines that the workspace's own processes wrote outside of the tunnel: why it ended. */
  logs(workspaceId: string): readonly string[];
  /** Absent: the files are on somebody else's machine. */
  readonly copies?: WorkspaceCopies;
  /**
   * What there still is of workspaces, by their ids, in words for people; absent: the provider keeps nothing of its
   * own. Those that were deleted are then deleted again.
   */
  present?(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Since when what runs the workspaces does not answer; absent or undefined: it does. */
  readonly awaySince?: Date | undefined;
  /** After an AppError `engine_unavailable`: resolves once asking again is worth it. */
  untilAvailable?(signal: AbortSignal): Promise<void>;
  /** Ends what a killed control plane left behind, but for workspaces of other replicas; called before anything is started. */
  reap(spared?: ReadonlySet<string>): Promise<number>;
}
