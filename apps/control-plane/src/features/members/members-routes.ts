import { memberRoutes } from '@spt-flow/shared/api/members';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { SessionCookie } from '../auth/index.ts';
import type { HandOver } from './hand-over.ts';
import type { InvitationsService } from './invitations-service.ts';
import type { MembersService } from './members-service.ts';

export interface MemberRoutesDeps {
  readonly members: MembersService;
  readonly invitations: InvitationsService;
  readonly handOver: HandOver;
  readonly session: SessionCookie;
}

export function registerMemberRoutes(app: FastifyInstance, deps: MemberRoutesDeps): void {
  const { members } = deps;
  registerRoute(app, memberRoutes.list, async ({ principal }) => ({
    items: await members.list(principal),
  }));
  registerRoute(app, memberRoutes.update, ({ principal, params, body, correlationId }) =>
    members.setRole(principal, { userId: params.id, role: body.role }, correlationId),
  );
  registerRoute(app, memberRoutes.changePassword, async ({ principal, body, correlationId }) => {
    await members.changePassword(principal, body, correlationId);
    return {};
  });
  registerInvitationRoutes(app, deps);
  registerHandOverRoutes(app, deps.handOver);
}

function registerHandOverRoutes(app: FastifyInstance, handOver: HandOver): void {
  registerRoute(app, memberRoutes.remove, ({ params, query, ...call }) =>
    handOver.removeMember(call, {
      userId: params.id,
      transferTo: query.transferTo,
      stop: query.stop === 'true',
    }),
  );
  registerRoute(app, memberRoutes.belongings, ({ principal, params }) =>
    handOver.belongings(principal, params.id),
  );
  registerRoute(app, memberRoutes.handOver, ({ params, body, ...call }) =>
    handOver.handOver(call, { from: params.id, to: body.to }),
  );
  registerRoute(app, memberRoutes.listFormer, async ({ principal }) => ({
    items: await handOver.former(principal),
  }));
}

function registerInvitationRoutes(app: FastifyInstance, deps: MemberRoutesDeps): void {
  const { invitations, session } = deps;
  registerRoute(app, memberRoutes.listInvitations, async ({ principal }) => ({
    items: await invitations.list(principal),
  }));
  registerRoute(app, memberRoutes.invite, ({ principal, body, correlationId }) =>
    invitations.invite(principal, body, correlationId),
  );
  registerRoute(
    app,
    memberRoutes.revokeInvitation,
    async ({ principal, params, correlationId }) => {
      await invitations.revoke(principal, params.id, correlationId);
      return {};
    },
  );
  registerRoute(app, memberRoutes.createPasswordLink, ({ principal, params, correlationId }) =>
    invitations.createPasswordLink(principal, params.id, correlationId),
  );
  registerRoute(app, memberRoutes.showInvitation, ({ body }) => invitations.show(body.token));
  registerRoute(app, memberRoutes.acceptInvitation, async ({ body, correlationId, reply }) => {
    const { token, me } = await invitations.accept(body, correlationId);
    session.set(reply, token);
    return me;
  });
}
