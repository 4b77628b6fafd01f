import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod/mini';
import {
  MAX_SECRETS_BODY_BYTES,
  SecretsBodySchema,
  type SecretsState,
} from '@spt-flow/shared/agent-protocol/secrets';
import {
  createMask,
  type KnownValue,
  type Mask,
} from '@spt-flow/shared/agent-protocol/known-values';
import type { Handlers } from '../handlers/handler.ts';
import type { ProcessSecrets } from '../processes/managed-process.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import type { AgentLog } from '../system/agent-log.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import { openMemoryDirectory, readFiles, writeFiles } from '../system/memory-directory.ts';
import { makeDirectory, removeTree } from '../system/private-files.ts';
import { durableNames } from './secret-names.ts';

const DIRECTORY_VARIABLE = 'SPT_FLOW_SECRETS';
/** What a program printed before its value changed must stay hidden too. */
const MAX_REMEMBERED = 500;
/** How long what ran before a restart of the machine waits for its secrets, rather than start without. */
const PATIENCE_MS = 15_000;

export interface SecretsDeps {
  readonly stateDirectory: string;
  /** What children inherit; all who start some have the same object. */
  readonly environment: Record<string, string>;
  readonly random: () => number;
  readonly onChanged: () => void;
}

export interface Secrets extends ProcessSecrets {
  /** In memory, for what else must not be on a disk; undefined: the machine has none. */
  readonly memoryDirectory: string | undefined;
  /** There were some before the machine was restarted, and they are not there yet. */
  readonly isWaiting: boolean;
  /** Resolves when the secrets are there that were there before, or are late. */
  readonly arrived: Promise<void>;
  /** Leaves what there is for the next agent, and no empty place. */
  close(): Promise<void>;
  /** Leaves nothing for a next agent. */
  forget(): Promise<void>;
  handlers(deps: HandlerDeps): Pick<Handlers, 'secrets.put' | 'secrets.state'>;
}

interface HandlerDeps {
  readonly supervisor: Pick<Supervisor, 'outdated' | 'restart'>;
  readonly engine: { readonly isBusy: boolean };
  readonly log: AgentLog;
}

/** openSecrets keeps secrets in memory: in the environment of what is started, and in files that are in memory. */
export async function openSecrets(deps: SecretsDeps): Promise<Secrets> {
  const { stateDirectory, environment } = deps;
  const memory = await openMemoryDirectory(stateDirectory, environment).catch(() => undefined);
  const directory = memory && join(memory, 'secrets');
  const names = durableNames(stateDirectory);
  const holder = createHolder(environment);
  if (directory !== undefined) {
    await makeDirectory(directory);
    environment[DIRECTORY_VARIABLE] = directory;
    holder.set(await readFiles(directory));
  }
  let arrive: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => (arrive = resolve));
  const isWaiting = (await names.read()).some((name) => environment[name] === undefined);
  const patience = isWaiting ? sleep(PATIENCE_MS, undefined, { ref: false }) : Promise.resolve();

  async function put(variables: Environment): Promise<void> {
    if (directory !== undefined) await writeFiles(directory, variables);
    await names.write(Object.keys(variables));
    holder.set(variables);
    deps.onChanged();
    arrive();
  }

  return {
    ...{ mask: holder.mask, revision: holder.revision, isWaiting },
    memoryDirectory: memory,
    arrived: Promise.race([arrival, patience]).then(() => undefined),
    async close() {
      if (memory !== undefined && holder.names().length === 0) await removeTree(memory);
    },
    async forget() {
      await names.write([]);
      if (memory !== undefined) await removeTree(memory);
    },
    handlers({ supervisor, engine, log }) {
      const state = (): SecretsState => ({
        names: holder.names(),
        directory: directory ?? null,
        outdated: supervisor.outdated(),
      });

      /** Whoever asked has its answer by then; a change set restarts the app itself. */
      async function restartSoon(withinMs: number): Promise<void> {
        await sleep(withinMs * deps.random(), undefined, { ref: false });
        for (const name of supervisor.outdated()) {
          if (engine.isBusy) return;
          log('info', `Restarting "${name}" because its secrets changed`);
          await supervisor.restart(name);
        }
      }

      return {
        async 'secrets.put'({ head, stream, accept }) {
          const { variables } = await readBody(stream);
          await put(variables);
          accept(state());
          stream.end();
          if (head.restart)
            restartSoon(head.withinMs).catch((error: unknown) =>
              log('error', `A process can't be restarted: ${messageOf(error)}`),
            );
        },
        async 'secrets.state'({ stream, accept }) {
          accept(state());
          stream.resume();
          stream.end();
        },
      };
    },
  };
}

/** createHolder lays secrets over the environment, so that what is taken away uncovers what was there before. */
function createHolder(environment: Record<string, string>) {
  const covered = new Map<string, string | undefined>();
  let seen: KnownValue[] = [];
  let mask: Mask = createMask([]);
  let revision = '';

  return {
    mask: (text: string) => mask(text),
    names: () => [...covered.keys()],
    revision: () => revision,
    set(variables: Environment): void {
      for (const [name, before] of covered) {
        if (before === undefined) Reflect.deleteProperty(environment, name);
        else environment[name] = before;
      }
      covered.clear();
      for (const [name, value] of Object.entries(variables)) {
        covered.set(name, environment[name]);
        environment[name] = value;
      }
      const now = Object.entries(variables).map(([name, value]) => ({ name, value }));
      const isNew = ({ value }: KnownValue) => !now.some((each) => each.value === value);
      seen = [...now, ...seen.filter(isNew)].slice(0, MAX_REMEMBERED);
      mask = createMask(seen);
      const sorted = Object.entries(variables).toSorted(([left], [right]) =>
        left < right ? -1 : 1,
      );
      revision = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
    },
  };
}

/** Its iterator would reset the stream at the end of the body, before it is answered. */
async function readBody(stream: Readable): Promise<z.infer<typeof SecretsBodySchema>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_SECRETS_BODY_BYTES) chunks.push(chunk);
  });
  await Promise.race([once(stream, 'end'), once(stream, 'close')]);
  if (bytes > MAX_SECRETS_BODY_BYTES) throw new AgentError('too_large', 'Too many secrets');
  const parsed = SecretsBodySchema.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
  if (!parsed.success) throw new AgentError('bad_request', 'The secrets are not of the protocol');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What it says quotes the text.
    return undefined;
  }
}
