import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import * as z from 'zod';

/** The account without rights: as root a Chromium has no sandbox of its own. */
const NOBODY = 65_534;
const MAX_MESSAGE_CHARACTERS = 32_000_000;

const ReplySchema = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Reply = z.infer<typeof ReplySchema>;

export interface DevtoolsEvent {
  readonly method: string;
  readonly params: unknown;
}

export interface BrowserOptions {
  readonly executable: string;
  /** Everything the pages ask for goes there. */
  readonly proxyPort: number;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

function argumentsOf(profile: string, proxyPort: number): string[] {
  return [
    '--headless',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    `--proxy-server=http://127.0.0.1:${proxyPort}`,
    // Loopback too: without it a page could reach what listens on the control plane's machine.
    '--proxy-bypass-list=<-loopback>',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-dev-shm-usage',
    '--disable-extensions',
    '--disable-gpu',
    '--disable-sync',
    '--hide-scrollbars',
    '--mute-audio',
    '--no-first-run',
    ...(isRoot() ? ['--no-sandbox'] : []),
  ];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Browser is a Chromium of its own for one page, driven over a pipe that no other process can open. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #profile: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: DevtoolsEvent) => void>();
  /** Resolves with the reason when the browser has ended. */
  readonly gone: Promise<Error>;
  #isGone = false;
  #nextId = 0;
  #buffer = '';

  private constructor(child: ChildProcess, profile: string) {
    const [, , , input, output] = child.stdio;
    if (!(input instanceof Writable) || !(output instanceof Readable))
      throw new Error('The browser has no pipe');
    this.#child = child;
    this.#profile = profile;
    this.#input = input;
    output.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    // What is written to a browser that has ended is answered by the end itself.
    input.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      child.once('error', resolve);
      child.once('exit', () => resolve(new Error('The browser has ended')));
    });
    void this.gone.then((error) => this.#fail(error));
  }

  static async start({ executable, proxyPort }: BrowserOptions): Promise<Browser> {
    const profile = await mkdtemp(path.join(tmpdir(), 'spt-flow-browser-'));
    const account = isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
    if (isRoot()) await chown(profile, NOBODY, NOBODY);
    const child = spawn(executable, argumentsOf(profile, proxyPort), {
      ...account,
      // None of the control plane's own variables: they hold its keys.
      env: { HOME: profile, TMPDIR: profile, PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    return new Browser(child, profile);
  }

  onEvent(listener: (event: DevtoolsEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Fails when the browser says no, or ends. */
  send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    if (this.#isGone) return Promise.reject(new Error('The browser has ended'));
    const id = ++this.#nextId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }

  #receive(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length > MAX_MESSAGE_CHARACTERS) {
      this.#child.kill('SIGKILL');
      return;
    }
    const messages = this.#buffer.split('\0');
    this.#buffer = messages.pop() ?? '';
    for (const message of messages) this.#handle(ReplySchema.parse(JSON.parse(message)));
  }

  #handle({ id, method, params, result, error }: Reply): void {
    if (method !== undefined) for (const listener of this.#listeners) listener({ method, params });
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || !waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result);
  }

  #fail(error: Error): void {
    this.#isGone = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
