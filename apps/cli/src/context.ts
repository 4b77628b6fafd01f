import type { Command } from 'commander';
import { createColors } from 'picocolors';
import type { ClientOptions } from './api/api-socket.ts';
import type { Client } from './api/client.ts';
import { readCredentials, type Credentials } from './api/credentials.ts';
import type { CliIo } from './core/io.ts';
import { credentialsPath } from './core/paths.ts';
import { createProgress, type Progress } from './core/progress.ts';
import { hasColor } from './core/report-error.ts';
import { DEFAULT_SERVER_URL, normalizeServerUrl } from './api/server-url.ts';
import { columnsOf, fold } from './core/terminal-width.ts';

/** Context is what a command works with, besides its own arguments. */
export interface Context {
  readonly io: CliIo;
  readonly correlationId: string;
  server(): Promise<string>;
  credentials(): Promise<Credentials>;
  /** Signed in as far as known: the token of the environment, else the stored one. */
  client(token?: string): Promise<Client>;
  /** Where and as whom `client` asks. */
  connection(): Promise<ClientOptions>;
  /** For people, on stderr. */
  note(text: string): void;
  /** The result, on stdout: `data` as JSON, else `text`. */
  print(format: OutputFormat, result: { data: unknown; text: string }): void;
  progress(): Progress;
}

export type OutputFormat = 'text' | 'json';

/** createContext resolves nothing before a command asks for it. */
export function createContext(io: CliIo, program: Command): Context {
  const correlationId = io.newId();
  let read: Promise<Credentials> | undefined;

  function note(text: string): void {
    io.stderr.write(`${fold(text, columnsOf(io.stderr))}\n`);
  }

  function credentials(): Promise<Credentials> {
    read ??= readCredentials(credentialsPath(io), (text) => note(`Warning: ${text}`));
    return read;
  }

  async function server(): Promise<string> {
    const { server: chosen } = program.opts<{ server?: string }>();
    return normalizeServerUrl(chosen ?? (await credentials()).current ?? DEFAULT_SERVER_URL);
  }

  async function client(token?: string): Promise<Client> {
    const [options, { createClient }] = await Promise.all([
      connection(token),
      import('./api/client.ts'),
    ]);
    return createClient(options);
  }

  async function connection(token?: string): Promise<ClientOptions> {
    const url = await server();
    return {
      server: url,
      token: token ?? tokenOfEnvironment(io) ?? (await credentials()).tokens[url],
      correlationId,
      fetch: io.fetch,
      signal: io.signal,
    };
  }

  function print(format: OutputFormat, result: { data: unknown; text: string }): void {
    const text =
      format === 'json'
        ? JSON.stringify(result.data, null, 2)
        : fold(result.text, columnsOf(io.stdout));
    io.stdout.write(`${text}\n`);
  }

  function progress(): Progress {
    const { isTTY, columns = 80 } = io.stderr;
    return createProgress(io.stderr, {
      inPlace: isTTY === true && io.env['TERM'] !== 'dumb',
      columns,
      colors: createColors(hasColor(io, io.stderr)),
    });
  }

  return { io, correlationId, server, credentials, client, connection, note, print, progress };
}

/** tokenOfEnvironment is for machines; it is never stored unless `login` is told to. */
export function tokenOfEnvironment(io: Pick<CliIo, 'env'>): string | undefined {
  const token = (io.env['SPT_FLOW_TOKEN'] ?? '').trim();
  return token === '' ? undefined : token;
}
