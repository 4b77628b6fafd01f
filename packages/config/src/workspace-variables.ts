import * as z from 'zod';

/** `LANGFUSE_HOST,LANGFUSE_PUBLIC_KEY`: what the control plane itself lives by is not for workspaces. */
export const WorkspaceVariables = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(
    z.array(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be names of variables, separated by commas')
        .regex(
          /^(?!SPT_FLOW_|DATABASE_URL$|SENTRY_DSN$)/,
          'must not name keys of the control plane',
        ),
    ),
  );
