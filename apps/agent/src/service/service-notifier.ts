import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** systemd's answer that it has read a notification is waited for this long. */
const SEND_TIMEOUT_MS = 10_000;

/** ServiceNotifier tells the service manager how the agent is; without one it says nothing. */
export interface ServiceNotifier {
  /** The agent runs; from here on its manager hears that it lives. */
  ready(): void;
  /** For people who ask the manager, or read its journal. */
  status(text: string): void;
  stopping(): void;
}

export interface NotifierDeps {
  /** As the manager set it: where it listens, and how often it wants to hear. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  log(text: string): void;
}

/**
 * createServiceNotifier speaks sd_notify by way of systemd's own program, since Node has no datagram sockets of this
 * kind. The program waits until the manager has read the message: it knows a sender only while that lives.
 */
export function createServiceNotifier({ environment, log }: NotifierDeps): ServiceNotifier {
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined) {
    return { ready: () => undefined, status: () => undefined, stopping: () => undefined };
  }
  const env = { PATH: environment['PATH'] ?? '', NOTIFY_SOCKET: socket };
  let isFailing = false;
  let told = '';
  let watchdog: NodeJS.Timeout | undefined;

  function send(...states: string[]): void {
    run('systemd-notify', states, { env, timeout: SEND_TIMEOUT_MS }).then(
      () => (isFailing = false),
      (error: unknown) => {
        if (!isFailing) log(`Cannot notify systemd: ${String(error)}`);
        isFailing = true;
      },
    );
  }

  return {
    ready() {
      send('--ready');
      const intervalMs = Number(environment['WATCHDOG_USEC'] ?? 0) / 1_000 / 2;
      if (intervalMs > 0) watchdog = setInterval(send, intervalMs, 'WATCHDOG=1').unref();
    },
    status(text) {
      const line = text.replace(/\s+/g, ' ').slice(0, 200);
      if (line === told) return;
      told = line;
      log(line);
      send(`--status=${line}`);
    },
    stopping() {
      clearInterval(watchdog);
      send('STOPPING=1');
    },
  };
}
