import type {} from 'fastify';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ProjectLevel } from '@spt-flow/shared/domain/project-access';
import { permits, type Role, type Scope } from '@spt-flow/shared/domain/roles';
import type { Visitor } from '@spt-flow/shared/domain/sharing';

/** Principal is who acts, already reduced to what role and token permit. */
export interface Principal {
  readonly userId: string;
  readonly userName: string;
  readonly userEmail: string;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly organizationSlug: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Set where their access to a project is less than their scope. */
  readonly limitedTo?: ProjectLevel;
  readonly via: { readonly kind: 'login' | 'token'; readonly id: string };
}

/** auditName is how the principal appears in the audit log. */
export function auditName(principal: Principal): string {
  return principal.via.kind === 'token' ? `token:${principal.via.id}` : `user:${principal.userId}`;
}

/** assertScope refuses what role, token or access to a project do not permit, and says which of them. */
export function assertScope(principal: Principal, needed: Scope): void {
  if (permits(principal.scope, needed)) return;
  if (principal.limitedTo !== undefined) throw new AppError('project_level');
  throw new AppError(principal.via.kind === 'token' ? 'scope_missing' : 'not_permitted');
}

/** deciding is the principal who decides about what is others': a token that permits less than an admin may do is no admin's. */
export function deciding<T extends Pick<Principal, 'role' | 'scope'>>(principal: T): T {
  if (principal.role !== 'admin' || permits(principal.scope, 'admin')) return principal;
  return { ...principal, role: 'developer' };
}

/** within is the principal in a project where this is their level. */
export function within(principal: Principal, level: ProjectLevel): Principal {
  if (level !== 'view' || !permits(principal.scope, 'write')) return principal;
  return { ...principal, scope: 'read', limitedTo: level };
}

/** isStillMember returns whether who is let in now is who was before. */
export function isStillMember(before: Principal, now: Principal | undefined): now is Principal {
  return now?.userId === before.userId && now.organizationId === before.organizationId;
}

/** isStillWriter returns whether who may change things now is who was let in before. */
export function isStillWriter(before: Principal, now: Principal | undefined): boolean {
  return isStillMember(before, now) && permits(now.scope, 'write');
}

/** CredentialCheck turns a secret into who it stands for; undefined when it opens nothing. */
export interface CredentialCheck {
  byLogin(token: string): Promise<Principal | undefined>;
  byApiToken(token: string): Promise<Principal | undefined>;
}

/** VisitorCheck turns the token of the cookie that one preview's host has into who visits; it opens nothing else. */
export interface VisitorCheck {
  byPreview(token: string, label: string): Promise<Visitor | undefined>;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
    /** Sets and returns the principal; AppError `not_authenticated` otherwise. */
    authenticate(): Promise<Principal>;
  }
}
