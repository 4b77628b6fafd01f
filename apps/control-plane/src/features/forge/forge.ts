import type { Principal } from '../../lib/principal.ts';
import type { ForgeLink, ForgeStatus } from '@spt-flow/shared/api/forge';

/** What the forge needs to know of a project. */
export interface ForgeProject {
  readonly id: string;
  readonly organizationId: string;
  /** Where it was cloned from; null: it began here. */
  readonly repositoryUrl: string | null;
}

/** A file as it is to be; content null: it is removed. */
export interface ForgeFile {
  readonly path: string;
  readonly content: string | null;
}

export interface FilesCommit {
  readonly branch: string;
  readonly message: string;
  readonly files: readonly ForgeFile[];
}

export type ForgeHealth = Pick<
  ForgeStatus,
  'kind' | 'state' | 'url' | 'version' | 'scopes' | 'tokenExpiresOn' | 'problem'
>;

/** A delivery of a webhook, as it came. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Forge is where the code of projects is kept: in the repositories here alone, or in GitLab besides. The work of people
 * never waits for it.
 */
export interface Forge {
  health(): ForgeHealth;
  status(organizationId: string): Promise<ForgeStatus>;
  link(project: ForgeProject): Promise<ForgeLink>;
  /** There is a new project. */
  onCreated(project: ForgeProject): Promise<void>;
  /** The repository of a project has something new. */
  onCommitted(projectId: string): Promise<void>;
  /** Somebody wants it carried now. */
  sync(principal: Principal, project: ForgeProject, correlationId: string): Promise<ForgeLink>;
  /** All files or none, as one commit; returns it. */
  commit(
    principal: Principal,
    project: ForgeProject,
    input: { readonly commit: FilesCommit; readonly correlationId: string },
  ): Promise<string>;
  startPipeline(
    principal: Principal,
    project: ForgeProject,
    input: { readonly branch: string; readonly correlationId: string },
  ): Promise<{ readonly pipelineId: string; readonly url: string }>;
  /** AppError `hook_not_genuine` unless it proves itself. */
  onDelivery(projectId: string, delivery: Delivery): Promise<void>;
  start(): void;
  close(): Promise<void>;
}
