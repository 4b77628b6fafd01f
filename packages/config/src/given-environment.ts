import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** What opens something: each may stand in a file, whose path `<NAME>_FILE` has, as Docker and Kubernetes mount secrets. */
export const SECRET_VARIABLES = [
  'SPT_FLOW_SECRET_KEY',
  'SPT_FLOW_METRICS_TOKEN',
  'SPT_FLOW_OIDC_CLIENT_SECRET',
  'SPT_FLOW_GITHUB_CLIENT_SECRET',
  'DATABASE_URL',
  'ANTHROPIC_API_KEY',
  'CLAUDE_API_KEY',
  'OPENAI_API_KEY',
  'GITLAB_WEBHOOK_SECRET',
  'LANGFUSE_SECRET_KEY',
  'SPT_FLOW_WORKSPACE_LANGFUSE_SECRET_KEY',
  'SPT_FLOW_SNAPSHOT_S3_SECRET_ACCESS_KEY',
  'SENTRY_DSN',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** givenEnvironment is what was set: `PORT=` in a file means that it was not. */
export function givenEnvironment(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([key, value]) =>
    value ? [[key, value] as const] : [],
  );
  const given = Object.fromEntries(entries);
  for (const name of SECRET_VARIABLES) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined)
      throw new ConfigError(`${name} and ${name}_FILE are both set: give one of them`);
    given[name] = readSecret(`${name}_FILE`, file);
  }
  return given;
}

/** Editors end a file with a line's end, which is no part of the secret. */
function readSecret(variable: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ConfigError(
      `${variable}: ${file} can't be read (${code}): check the path, and that spt-flow may read it`,
      { cause },
    );
  }
  if (text === '') throw new ConfigError(`${variable}: ${file} is empty`);
  return text;
}
