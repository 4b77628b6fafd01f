import type { Queryable } from '@spt-flow/db/client';
import type { ChangeSetProgress } from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { SharingLevel } from '@spt-flow/shared/domain/sharing';
import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { SQL } from 'drizzle-orm';
import type { ProjectFiles } from './tools/project-files.ts';
import type { ProjectMachine } from './tools/project-machine.ts';

/** The door of projects, as far as the chat goes through it. */
export interface ChatProjects {
  /** AppError `not_found` for projects of others. */
  find(
    organizationId: string,
    handle: string,
  ): Promise<{ readonly id: string; readonly organizationId: string }>;
  setStatus(
    projectId: string,
    change: {
      status?: 'generating' | 'ready' | 'failed' | 'created' | 'building' | 'deployed';
      template?: string;
    },
  ): Promise<void>;
}

/** What a browser saw. */
export interface SeenPage {
  readonly title: string;
  /** JPEG */
  readonly picture: Buffer;
  readonly problems: readonly string[];
  readonly isPartial: boolean;
}

/** Where the app of a project is, and for whom. */
export interface Deployment {
  readonly url: string;
  readonly sharing: SharingLevel;
  readonly isAnswering: boolean;
}

export interface ReadyWorkspace {
  /** What its app finds in its environment, and nobody may see. */
  readonly secrets: readonly KnownValue[];
  readonly workspaceId: string;
  readonly files: ProjectFiles;
  machine(signal: AbortSignal): ProjectMachine;
  /** Opens a path of the app in a browser; undefined when there is none. */
  lookAt(path: string, signal: AbortSignal): Promise<SeenPage | undefined>;
  /** Starts the app if it does not run, and waits until it answers or has had time to. */
  deploy(signal: AbortSignal): Promise<Deployment>;
}

/** A turn that waits for its machine. */
export interface WaitingTurn {
  readonly signal: AbortSignal;
  readonly correlationId: string;
  /** Called when it has to wait. */
  onWaking(): void;
}

/** The project's machine. */
export interface ChatWorkspaces {
  /** Starts it when it is stopped and waits for its agent; AppError when it does not come. */
  ensureReady(projectId: string, turn: WaitingTurn): Promise<ReadyWorkspace>;
}

export interface ChatChange {
  readonly workspaceId: string;
  readonly summary: string;
  readonly edits: readonly Edit[];
  readonly correlationId: string;
  /** For the commit: which turn of which conversation asked for it. */
  readonly conversationId: string;
  readonly turnId: string;
  onProgress(progress: ChangeSetProgress): void;
}

/** Applies edits as one transaction, commits them, and returns the receipt; AppError when it could not even try. */
export type ApplyChangeSet = (change: ChatChange) => Promise<ChangeSet>;

export interface ChatEvents {
  append(topic: string, event: LiveEvent, tx?: Queryable): Promise<number>;
  /** Together with a change that they tell of: one statement, all of it or nothing. */
  appendWith(
    change: SQL,
    entries: readonly { readonly topic: string; readonly event: LiveEvent }[],
  ): Promise<void>;
}

export interface ChatLogger {
  error(details: Record<string, unknown>, message: string): void;
}

/** Told at the end of each turn that asked a model. */
export type CountTokens = (tokens: {
  readonly provider: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In millionths of a dollar. */
  readonly costMicros: number;
}) => void;
