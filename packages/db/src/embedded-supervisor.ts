import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { asAccount, type DatabaseAccount } from './embedded-account.ts';
import { EmbeddedDatabaseError } from './embedded-error.ts';

const STOP_PATIENCE_MS = 20_000;
const LAST_LINES = 5;

/**
 * The shell outlives a killed parent just long enough to see its standard input close and to ask the
 * server for a fast shutdown (SIGINT), so no server is ever left behind.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null & watcher=$!
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"`;

export interface SupervisedServer {
  /** Resolves with a few words when the server ended without being asked to. */
  readonly crashed: Promise<string>;
  stop(): Promise<void>;
}

/** startSupervised resolves once the server accepts connections. */
export async function startSupervised(options: {
  postgres: string;
  dataDirectory: string;
  socketDirectory: string;
  account: DatabaseAccount;
}): Promise<SupervisedServer> {
  const server = spawn(
    '/bin/sh',
    ['-c', SUPERVISOR, 'spt-flow-database', options.postgres, ...serverFlags(options)],
    {
      ...asAccount(options.account),
      cwd: options.dataDirectory,
      env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'pipe'],
      // Ctrl-C in the terminal reaches the whole foreground group; the server must outlive the last query.
      detached: true,
    },
  );
  const ended = once(server, 'exit');
  const lines = await untilReady(server);
  let stopping = false;
  return {
    crashed: new Promise((resolve) => {
      void ended.then(() => {
        if (!stopping) resolve(lastWords(lines) ?? `exit code ${server.exitCode}`);
      });
    }),
    stop: async () => {
      stopping = true;
      server.stdin.end();
      const timer = setTimeout(() => server.kill('SIGKILL'), STOP_PATIENCE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function serverFlags(options: { dataDirectory: string; socketDirectory: string }): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: options.socketDirectory,
    unix_socket_permissions: '0700',
    shared_buffers: '32MB',
    max_connections: '60',
    log_min_messages: 'log',
  };
  return [
    '-D',
    options.dataDirectory,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
}

async function untilReady(server: ChildProcess): Promise<string[]> {
  const { stderr } = server;
  if (!stderr) throw new EmbeddedDatabaseError('failed', 'The database has no log');
  const lastLines: string[] = [];
  const reader = readline.createInterface({ input: stderr });
  await new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    server.once('error', (cause) =>
      reject(
        new EmbeddedDatabaseError('failed', `The database could not be started: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.once('exit', () => reject(startError(lastLines)));
  });
  return lastLines;
}

/** What the server itself calls the reason for its end. */
function lastWords(lines: readonly string[]): string | undefined {
  const pattern = /\b(?:FATAL|PANIC): +(.+)$/;
  return lines.map((line) => pattern.exec(line)?.[1]).findLast((words) => words !== undefined);
}

function startError(lines: readonly string[]): EmbeddedDatabaseError {
  const text = lines.join('\n');
  if (
    text.includes('lock file "postmaster.pid" already exists') ||
    text.includes('is another postmaster')
  ) {
    return new EmbeddedDatabaseError(
      'locked',
      'Another spt-flow uses this data directory: stop it or choose another with --data-dir',
    );
  }
  return new EmbeddedDatabaseError('failed', `The database could not be started: ${text}`);
}
