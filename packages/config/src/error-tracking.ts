import * as z from 'zod';

/**
 * `https://<public key>@<host>/<project>`, as Sentry and what speaks like it shows it: where events are sent, and the
 * key that they show there.
 */
export const ErrorTrackingDsn = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [, folder = '', project] = /^(.*)\/(\d+)\/?$/.exec(url?.pathname ?? '') ?? [];
  if (url && /^https?:$/.test(url.protocol) && /^\w+$/.test(url.username) && project)
    return {
      url: `${url.protocol}//${url.host}${folder}/api/${project}/envelope/`,
      publicKey: url.username,
    };
  // Without the text: it may be another secret, pasted into the wrong line.
  context.addIssue({ code: 'custom', message: 'must be https://<public key>@<host>/<project>' });
  return z.NEVER;
});
