import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Client } from '../api/client.ts';
import { tokenOfEnvironment, type Context } from '../context.ts';
import { withToken, writeCredentials } from '../api/credentials.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { credentialsPath } from '../core/paths.ts';
import { addExamples } from '../program.ts';
import { checkSecret, readSecret } from '../options/secret-input.ts';
import { isExposed } from '../api/server-url.ts';
import { plain } from '../core/text.ts';

const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 30_000;
const SLOWER_MS = 5_000;
const TOKEN_EXAMPLE = 'spt-flow login --with-token < token.txt';
/** Codes after which asking again may succeed. */
const TRY_AGAIN = new Set(['login_pending', 'rate_limited', 'unreachable', 'database_unavailable']);

interface Options {
  readonly browser: boolean;
  readonly withToken?: boolean;
  readonly authMethod?: string;
  readonly oidc?: boolean;
}

export function registerLogin(program: Command, context: Context): void {
  const command = program
    .command('login')
    .description('sign in with the browser, or with a token')
    .option('--no-browser', 'only show the link and the code')
    .option('--auth-method <id|name>', 'go straight to this way to sign in, e.g. github')
    .option('--oidc', 'the same as --auth-method oidc')
    .option('--with-token', 'read an API token from standard input instead')
    .action((options: Options) => login(context, options));
  addExamples(command, [
    ['spt-flow login', 'sign in with the browser'],
    ['spt-flow login --server https://flow.example.com', 'sign in to another server'],
    ['spt-flow login --auth-method keycloak', 'sign in with Keycloak, without asking how'],
    ['spt-flow login --with-token < token.txt', 'sign in without a browser'],
  ]);
}

async function login(context: Context, options: Options): Promise<void> {
  const { io } = context;
  const server = await context.server();
  if (isExposed(server)) {
    context.note(`Warning: ${server} is not encrypted; others on the way can read your token`);
  }
  const token = await obtainToken(context, options);
  const client = await context.client(token);
  const me = await client.me();
  const credentials = withToken(await context.credentials(), server, token);
  await writeCredentials(credentialsPath(io), credentials);
  context.note(`Signed in to ${server} as ${plain(me.name)} (${plain(me.email)})`);
  context.note('Next: spt-flow up <git url>, or spt-flow list');
}

async function obtainToken(context: Context, options: Options): Promise<string> {
  if (options.withToken) return checkSecret(await readSecret(context), TOKEN_EXAMPLE);
  const given = tokenOfEnvironment(context.io);
  return given === undefined ? deviceLogin(context, options) : checkSecret(given, TOKEN_EXAMPLE);
}

async function deviceLogin(context: Context, options: Options): Promise<string> {
  const { io } = context;
  const client = await context.client('');
  const wanted = options.authMethod ?? (options.oidc ? 'oidc' : undefined);
  const method = wanted === undefined ? undefined : await findMethod(client, wanted);
  const started = await client.startDeviceLogin(`spt-flow on ${hostname()}`.slice(0, 255));
  const url = new URL(started.verificationUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notALink();
  if (method !== undefined) url.searchParams.set('method', method);
  context.note(`Open ${url.href}\nand confirm the code ${plain(started.userCode)}`);
  if (options.browser && io.stderr.isTTY) io.openBrowser(url.href);
  context.note('Waiting for your confirmation…');
  let intervalMs = Math.min(
    MAX_INTERVAL_MS,
    Math.max(MIN_INTERVAL_MS, started.intervalSeconds * 1000),
  );
  for (;;) {
    await sleep(intervalMs, undefined, { signal: io.signal });
    try {
      return checkSecret((await client.finishDeviceLogin(started.deviceCode)).token, TOKEN_EXAMPLE);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !TRY_AGAIN.has(code)) throw error;
      if (code === 'rate_limited') intervalMs = Math.min(MAX_INTERVAL_MS, intervalMs + SLOWER_MS);
    }
  }
}

/** The id of the method that is called so. */
async function findMethod(client: Client, wanted: string): Promise<string> {
  const { methods } = await client.signInMethods();
  const name = wanted.toLowerCase();
  const found =
    methods.find(({ id }) => id === name) ??
    methods.find((method) => method.name.toLowerCase() === name);
  if (found) return found.id;
  const offered = methods.map(({ id, name: called }) => `${id} (${plain(called)})`).join(', ');
  throw new CliError({
    what: `The server knows no way to sign in that is called "${wanted}"`,
    details: [offered === '' ? 'It takes passwords only' : `It knows ${offered}`],
    command: 'spt-flow login',
    exitCode: EXIT.usage,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

function notALink(): CliError {
  return new CliError({
    what: 'The server named an address that is no web page',
    exitCode: EXIT.unreachable,
  });
}
