import type {} from 'fastify';
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
  readonly via: { readonly kind: 'login' | 'token'; readonly id: string };
}

/** auditName is how the principal appears in the audit log. */
export function auditName(principal: Principal): string {
  return principal.via.kind === 'token' ? `token:${principal.via.id}` : `user:${principal.userId}`;
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
