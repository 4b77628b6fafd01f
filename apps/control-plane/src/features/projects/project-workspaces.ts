import type { Transaction } from '@spt-flow/db/client';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Principal } from '../../lib/principal.ts';
import type { Choosing } from '../providers/index.ts';
import type { ChosenTemplate } from '../templates/index.ts';
import type { Blueprint, ChosenSettings } from '../workspaces/index.ts';

export type WorkspaceProviderName = Workspace['provider'];

/** What projects need of workspaces. */
export interface ProjectWorkspaces {
  /** Stores one that is to run; it starts once `begin` is called after the transaction. */
  create(
    input: {
      organizationId: string;
      ownerId: string;
      projectId: string;
      name: string;
      provider?: WorkspaceProviderName | undefined;
      hostId?: string | undefined;
      blueprint?: Blueprint | undefined;
      isFilled?: boolean | undefined;
      settings?: ChosenSettings | undefined;
      ready?: { readonly id: string; readonly isAsMade: boolean } | undefined;
      correlationId: string;
    },
    tx: Transaction,
  ): Promise<{ readonly id: string }>;
  /** Takes one that was kept ready, with the project that it is in; undefined: a new one has to be made. */
  claim(
    request: {
      organizationId: string;
      blueprint: ChosenTemplate['blueprint'];
      provider: WorkspaceProviderName | undefined;
      repositoryUrl: string | null;
    },
    tx: Transaction,
  ): Promise<
    | { readonly workspaceId: string; readonly projectId: string; readonly isAsMade: boolean }
    | undefined
  >;
  begin(workspaceId: string, correlationId: string): Promise<void>;
  /** The newest workspace of the project that is not deleted. */
  ofProject(projectId: string): Promise<Workspace | null>;
  /** Asks for its deletion, and waits for the end of it in `gone`. */
  remove(
    principal: Principal,
    workspaceId: string,
    correlationId: string,
  ): Promise<{ readonly gone: Promise<void> }>;
  /** The same for what was begun before: the project is deleted already, and its machine may still run. */
  removeLeft(workspaceId: string): Promise<{ readonly gone: Promise<void> }>;
  /** Where it comes to run; AppError where that can't be had. */
  choosePlace(choosing: Choosing): Promise<WorkspaceProviderName | undefined>;
  /** The server that is to host one; AppError where it may not be. */
  findHost(organizationId: string, handle: string): Promise<{ id: string; name: string }>;
  /** AppError `host_in_use`: the project's server hosts workspaces of others. */
  assertRemovable(projectId: string): Promise<void>;
  /** What creating one would do, for people. */
  plan(name: string, provider: WorkspaceProviderName | undefined): readonly string[];
}
