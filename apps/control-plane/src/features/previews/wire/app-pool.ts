import type { Duplex } from 'node:stream';
import { AppConnection } from './app-connection.ts';

/** Shorter than the keep-alive time of common servers (5 s), so that we close first and no request meets a closing socket. */
const IDLE_MS = 3_000;
const MAX_IDLE = 64;

/** AppPool keeps connections to one app for a moment after their use. Idle ones cost the app a socket and us little. */
export class AppPool {
  readonly #connect: () => Promise<Duplex>;
  readonly #idle: AppConnection[] = [];
  readonly #timers = new WeakMap<AppConnection, NodeJS.Timeout>();

  constructor(connect: () => Promise<Duplex>) {
    this.#connect = connect;
  }

  /** The one that was used last: the others may reach their time. */
  take(): AppConnection | undefined {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.isUsable) return last;
      last.destroy();
    }
    return undefined;
  }

  async open(): Promise<AppConnection> {
    return new AppConnection(await this.#connect(), (connection) => this.#keep(connection));
  }

  destroy(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #keep(connection: AppConnection): void {
    if (this.#idle.length >= MAX_IDLE) return connection.destroy();
    this.#idle.push(connection);
    const timer = this.#timers.get(connection);
    if (timer) timer.refresh();
    else this.#timers.set(connection, setTimeout(() => this.#expire(connection), IDLE_MS).unref());
  }

  #expire(connection: AppConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index === -1) return;
    this.#idle.splice(index, 1);
    connection.destroy();
  }
}
