import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { reasonOf } from '../../../lib/abort.ts';
import type { Labels } from '../labels.ts';
import type { ClusterClient } from './cluster-client.ts';
import { selectorText } from './objects.ts';
import { PodListSchema, PodSchema, workspaceOfPod, type Pod } from './pod.ts';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;
/** The API server ends a watch by then, and is asked anew: one that a firewall forgot would be silent forever. */
const WATCH_SECONDS = 240;
/** Lines hold one pod each. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;

const EventSchema = z.object({ type: z.string(), object: z.unknown() });

export interface PodWatchOptions {
  readonly client: ClusterClient;
  /** Of pods, in one namespace. */
  readonly path: string;
  readonly labels: Labels;
  /** Something is known of the pod of this workspace that was not before. */
  readonly onChange: (workspaceId: string) => void;
  /** Anything may have happened: this is the first look, or one after the API server was away. */
  readonly onConnected: () => void;
}

/**
 * PodWatch knows the pods of an installation while somebody wants to.
 *
 * INVARIANT: one watch for all; one that breaks is made anew until `close`.
 */
export class PodWatch {
  readonly #options: PodWatchOptions;
  readonly #pods = new Map<string, Map<string, Pod>>();
  readonly #waiting = new Set<() => void>();
  #ending: AbortController | undefined;
  #opened: Promise<void> | undefined;

  constructor(options: PodWatchOptions) {
    this.#options = options;
  }

  /** Resolves once all pods are known; rejects when the API server does not answer. */
  open(): Promise<void> {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  close(): void {
    this.#ending?.abort();
    this.#ending = undefined;
    this.#opened = undefined;
  }

  /** There is more than one while one goes and the next comes. */
  podsOf(workspaceId: string): Pod[] {
    return [...(this.#pods.get(workspaceId)?.values() ?? [])];
  }

  /** Resolves with what `look` finds, asked whenever something is known anew and at least every `everyMs`. */
  async until<T>(
    look: () => T | undefined | Promise<T | undefined>,
    { signal, everyMs }: { signal: AbortSignal; everyMs: number },
  ): Promise<T> {
    for (;;) {
      const changed = this.#change(signal, everyMs);
      changed.catch(() => undefined); // Told by the next turn.
      if (signal.aborted) throw reasonOf(signal);
      const found = await look();
      if (found !== undefined) return found;
      await changed;
    }
  }

  #change(signal: AbortSignal, everyMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(finish);
        signal.removeEventListener('abort', finish);
        if (signal.aborted) reject(reasonOf(signal));
        else resolve();
      };
      const timer = setTimeout(finish, everyMs);
      this.#waiting.add(finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }

  async #start(): Promise<void> {
    const ending = new AbortController();
    this.#ending = ending;
    try {
      const version = await this.#list(ending.signal);
      void this.#follow(version, ending.signal);
    } catch (error) {
      if (this.#ending === ending) this.close();
      throw error;
    }
  }

  async #follow(version: string, signal: AbortSignal): Promise<void> {
    let delayMs = FIRST_RETRY_MS;
    let from: string | undefined = version;
    while (!signal.aborted) {
      try {
        from ??= await this.#list(signal);
        const before: string = from;
        from = await this.#read(before, signal);
        if (from !== before) delayMs = FIRST_RETRY_MS;
      } catch {
        // Away, or what it knows is older than that: everything is looked at anew.
        from = undefined;
      }
      // Also where it ended in order: what stands in between may end each one at once.
      await delay(delayMs, undefined, { ref: false });
      delayMs = Math.min(LONGEST_RETRY_MS, delayMs * 2);
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, path, labels } = this.#options;
    const query = new URLSearchParams({ labelSelector: selectorText(labels) });
    const list = PodListSchema.parse(await client.ask({ path: `${path}?${query.toString()}` }));
    // Another watch may know more by now.
    signal.throwIfAborted();
    this.#pods.clear();
    for (const pod of list.items) this.#note(pod);
    this.#options.onConnected();
    this.#tell();
    return list.metadata.resourceVersion;
  }

  /** Resolves with the version that is known when the watch ends by its time. */
  async #read(from: string, signal: AbortSignal): Promise<string> {
    const { client, path, labels } = this.#options;
    const query = new URLSearchParams({
      ...{ labelSelector: selectorText(labels), watch: 'true', allowWatchBookmarks: 'true' },
      ...{ resourceVersion: from, timeoutSeconds: String(WATCH_SECONDS) },
    });
    const stream = await client.follow(`${path}?${query.toString()}`, signal);
    // One that is reset tells so before anybody reads.
    stream.on('error', () => undefined);
    stream.setTimeout((WATCH_SECONDS + 30) * 1_000, () => void stream.destroy());
    let version = from;
    let rest = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new Error('A line of the watch is too long');
      for (const line of lines) version = this.#take(line);
    }
    return version;
  }

  /** The version that is known then. */
  #take(line: string): string {
    const { type, object } = EventSchema.parse(JSON.parse(line));
    if (type === 'ERROR') throw new Error('The watch has to begin anew');
    if (type === 'BOOKMARK')
      return z.object({ metadata: z.object({ resourceVersion: z.string() }) }).parse(object)
        .metadata.resourceVersion;
    const pod = PodSchema.parse(object);
    if (type === 'DELETED') this.#forget(pod);
    else this.#note(pod);
    const workspaceId = workspaceOfPod(pod);
    if (workspaceId !== undefined) this.#options.onChange(workspaceId);
    this.#tell();
    return pod.metadata.resourceVersion;
  }

  #note(pod: Pod): void {
    const workspaceId = workspaceOfPod(pod);
    if (workspaceId === undefined) return;
    const known = this.#pods.get(workspaceId) ?? new Map<string, Pod>();
    this.#pods.set(workspaceId, known.set(pod.metadata.uid, pod));
  }

  #forget(pod: Pod): void {
    const workspaceId = workspaceOfPod(pod);
    if (workspaceId === undefined) return;
    const known = this.#pods.get(workspaceId);
    known?.delete(pod.metadata.uid);
    if (known?.size === 0) this.#pods.delete(workspaceId);
  }

  #tell(): void {
    for (const resolve of [...this.#waiting]) resolve();
  }
}
