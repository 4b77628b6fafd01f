import type { AgentHub, EnrolmentTokens } from '../../agents/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { LogLevel } from '../../logs/index.ts';
import type { ContainerPlan, Providers } from '../../providers/index.ts';
import type { SeedHook } from './first-content.ts';
import type { Furnishing } from './furnishing.ts';
import type { Gate } from './gate.ts';
import type { Permit } from '../policy/index.ts';
import type { WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

export interface OperationsDeps {
  readonly repository: WorkspacesRepository;
  readonly providers: Providers;
  readonly hub: AgentHub;
  readonly enrolmentTokens: EnrolmentTokens;
  /** Ends the agent's right to connect. */
  readonly revokeAgent: (workspaceId: string) => Promise<void>;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly permit: Permit;
  readonly seedHooks: readonly SeedHook[];
  readonly furnishing?: Furnishing | undefined;
  /** What the operator gives to all workspaces; their own settings come first. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** How workspaces reach the control plane, and the key that they pin. */
  readonly controlPlane: () => { readonly url: string; readonly serverKey: string };
  readonly log: (workspace: WorkspaceRow, level: LogLevel, text: string) => void;
  readonly onEnded: (workspaceId: string, cause: string) => void;
  readonly tellsPath?: TellsPath | undefined;
  /** Before anything of the workspace's own runs. */
  readonly deliverSecrets?: ((workspaceId: string) => Promise<void>) | undefined;
  readonly dotfilesOf?: DotfilesOf | undefined;
  readonly dotfilesLimitSeconds?: number | undefined;
  readonly cloneIdleLimitMs?: number | undefined;
  /** How long a server that has joined before is waited for. */
  readonly meetLimitMs?: number | undefined;
}

/** What a person wants in the home directory. */
export interface WantedDotfiles {
  readonly repositoryUrl: string;
  /** Null: the first of the usual names. */
  readonly installScript: string | null;
}

export type DotfilesOf = (owner: {
  readonly userId: string;
  readonly organizationId: string;
}) => Promise<WantedDotfiles | null>;

/** Whether git has to tell the path of a repository to be given a token for it. */
export type TellsPath = (workspaceId: string, url: string) => Promise<boolean>;

/** The connection of a workspace that was started. A promise in an object: awaiting it must not wait for the end. */
export interface Connected {
  /** Rejects when the workspace ends. */
  readonly failed: Promise<never>;
  /** What it was started with. */
  readonly container: ContainerPlan | null;
}
