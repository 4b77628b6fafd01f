import * as z from 'zod';
import { defineRoute } from './route.ts';

/** Host name label of a preview: `cafe` or `3000--cafe`. */
export const PreviewLabelSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9-]+$/);
/** SHA-256, base64url, of a secret that only the browser at the preview's host has. */
export const ChallengeSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/**
 * What a preview asks the dashboard that frames it, when nobody is signed in at its host: the dashboard gets a URL for
 * the challenge from `previewRoutes.signIn` and shows that in the frame.
 */
export const PreviewFrameMessageSchema = z.object({
  type: z.literal('spt-flow.preview.sign-in'),
  challenge: ChallengeSchema,
});
export type PreviewFrameMessage = z.infer<typeof PreviewFrameMessageSchema>;

/** Where browsers that are not framed come along, by GET with the same two parameters and `path`. */
export const PREVIEW_SIGN_IN_PATH = '/api/v1/previews/sign-in';

export const previewRoutes = {
  signIn: defineRoute({
    method: 'POST',
    path: PREVIEW_SIGN_IN_PATH,
    access: 'read',
    summary: 'Hand this sign-in over to the host name of a preview',
    body: z.object({
      label: PreviewLabelSchema,
      challenge: ChallengeSchema,
      path: z.string().max(2000).regex(/^\//).default('/'),
    }),
    /** Works once, within a minute, and only in the browser that made the challenge. */
    response: z.object({ url: z.url() }),
  }),
};
