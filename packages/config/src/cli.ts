import { parse } from 'yaml';
import * as z from 'zod';

export const PREFERENCES_FILE = '.spt-flow.yaml';

/** Preferences only: a token does not belong here, and nothing that deletes may be preset. */
const PreferencesSchema = z.strictObject({
  server: z.url({ protocol: /^https?$/ }).optional(),
  output: z.enum(['text', 'json']).optional(),
  browser: z.boolean().optional(),
});
export type Preferences = z.infer<typeof PreferencesSchema>;

export class PreferencesError extends Error {
  override readonly name = 'PreferencesError';
}

/** parsePreferences reads the text of `~/.spt-flow.yaml`; PreferencesError names the line that is wrong. */
export function parsePreferences(text: string): Preferences {
  const parsed = PreferencesSchema.safeParse(parseYaml(text) ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue && issue.path.length > 0 ? `'${issue.path.join('.')}': ` : '';
  throw new PreferencesError(
    `~/${PREFERENCES_FILE} is not valid: ${place}${issue?.message ?? ''}`,
    {
      cause: parsed.error,
    },
  );
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new PreferencesError(`~/${PREFERENCES_FILE} is not valid: ${reason}`, { cause });
  }
}
