import type { FastifyInstance } from 'fastify';
import {
  ChallengeSchema,
  PREVIEW_SIGN_IN_PATH,
  PreviewLabelSchema,
  previewRoutes,
} from '@spt-flow/shared/api/previews';
import { AppError } from '@spt-flow/shared/domain/errors';
import { parsePreviewLabel } from '@spt-flow/shared/domain/preview-label';
import * as z from 'zod';
import type { Principal } from '../../lib/principal.ts';
import { registerRoute } from '../../lib/register-route.ts';
import type { PreviewSessions } from '../auth/index.ts';
import { sessionUrl } from './preview-sign-in.ts';

export interface PreviewRoutesDeps {
  readonly sessions: Pick<PreviewSessions, 'issueCode'>;
  readonly previewUrl: (label: string) => string;
}

const QuerySchema = z.object({
  label: PreviewLabelSchema,
  challenge: ChallengeSchema,
  path: z.string().max(2000).default('/'),
});

/** registerPreviewRoutes hands sign-ins over: to the dashboard that frames a preview, and to browsers that were sent here. */
export function registerPreviewRoutes(app: FastifyInstance, deps: PreviewRoutesDeps): void {
  async function handOver(principal: Principal, target: z.output<typeof QuerySchema>) {
    const { label, challenge, path } = target;
    if (!parsePreviewLabel(label)) throw new AppError('not_found');
    const code = await deps.sessions.issueCode(principal, { label, challenge });
    return sessionUrl(deps.previewUrl(label), { code, path });
  }

  registerRoute(app, previewRoutes.signIn, async ({ principal, body }) => ({
    url: await handOver(principal, body),
  }));
  // A page that a browser passes through, not a call of the API: it answers with the next address.
  app.get(PREVIEW_SIGN_IN_PATH, { schema: { hide: true } }, async (request, reply) => {
    const query = QuerySchema.safeParse(request.query);
    if (!query.success) throw new AppError('validation_failed');
    const principal = await request.authenticate().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_authenticated') return undefined;
      throw error;
    });
    if (principal) return reply.redirect(await handOver(principal, query.data), 303);
    return reply.redirect(`/login?${new URLSearchParams({ next: request.url }).toString()}`, 303);
  });
}
