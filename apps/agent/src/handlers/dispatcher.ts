import * as z from 'zod/mini';
import {
  RequestHeadSchema,
  type RequestHead,
  type RequestMethod,
  type ResponseHead,
} from '@spt-flow/shared/agent-protocol/requests';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import type { Handlers, HeadOf } from './handler.ts';

const MethodSchema = z.object({ method: z.string() });

export interface DispatcherDeps {
  readonly handlers: Handlers;
  isSuspended(): boolean;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
}

/** What is answered while the agent is suspended; the streams of all else end when it becomes so. */
const UNSUSPENDED: ReadonlySet<RequestMethod> = new Set([
  // What containers do is not of this workspace: others work in them.
  'engine',
  'engine.host',
  'events',
  'git-credentials',
  'models',
  'resume',
  'secrets.state',
  'shutdown',
  'suspend',
  'uninstall',
  'update',
]);

/** Asking for what may not be there, or not listen yet, is how callers find out, or for nothing of a file: that is worth no look. */
const EXPECTED: ReadonlySet<string> = new Set(['not_found', 'refused', 'too_large']);

export interface Dispatcher {
  dispatch(stream: TunnelStream): void;
  /** Ends the streams that may not go on while the agent is suspended. */
  interrupt(): void;
}

/** Gives each stream to the handler of its method, and turns what goes wrong into an answer. */
export function createDispatcher({
  handlers,
  isSuspended,
  emit,
  nowMs,
}: DispatcherDeps): Dispatcher {
  const interruptible = new Set<TunnelStream>();

  function log(level: 'debug' | 'warn', text: string, head: RequestHead): void {
    const correlation =
      head.correlationId === undefined ? {} : { correlationId: head.correlationId };
    emit({ type: 'log', at: nowMs(), source: 'agent', level, text, ...correlation });
  }

  function mayRun(stream: TunnelStream, method: RequestMethod): boolean {
    if (UNSUSPENDED.has(method)) return true;
    if (isSuspended()) {
      refuse(stream, 'suspended', 'This workspace is stopped');
      return false;
    }
    interruptible.add(stream);
    stream.once('close', () => interruptible.delete(stream));
    return true;
  }

  function dispatch(stream: TunnelStream): void {
    stream.on('error', () => undefined);
    const head = parseHead(stream);
    if (!head || !mayRun(stream, head.method)) return;
    log(
      'debug',
      head.traceparent === undefined ? head.method : `${head.method} ${head.traceparent}`,
      head,
    );
    let isAccepted = false;
    const accept = (data?: unknown) => {
      isAccepted = true;
      stream.respond(data === undefined ? { ok: true } : { ok: true, data });
    };
    run(handlers, head, { stream, accept }).catch((error: unknown) => {
      const level = EXPECTED.has(codeOf(error)) ? 'debug' : 'warn';
      log(level, `${head.method}: ${messageOf(error).slice(0, 4_000)}`, head);
      if (stream.destroyed) return;
      if (isAccepted) stream.reset(codeOf(error), messageOf(error));
      else refuse(stream, codeOf(error), messageOf(error));
    });
  }

  return {
    dispatch,
    interrupt() {
      for (const stream of interruptible) stream.reset('suspended', 'This workspace was stopped');
    },
  };
}

/** Relates a head's method to its handler: the one place where TypeScript needs the method as a parameter. */
function run<M extends RequestMethod>(
  handlers: Pick<Handlers, M>,
  head: HeadOf<M> & { method: M },
  rest: { stream: TunnelStream; accept(data?: unknown): void },
): Promise<void> {
  return handlers[head.method]({ head, ...rest });
}

function parseHead(stream: TunnelStream): RequestHead | undefined {
  const parsed = RequestHeadSchema.safeParse(stream.head);
  if (parsed.success) return parsed.data;
  const method = MethodSchema.safeParse(stream.head).data?.method ?? '';
  if (isKnown(method)) refuse(stream, 'bad_request', `The request '${method}' is not valid`);
  else refuse(stream, 'unimplemented', 'This agent does not know that request');
  return undefined;
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(
  RequestHeadSchema.def.options.flatMap((option) => option.def.shape.method.def.values),
);

function isKnown(method: string): boolean {
  return KNOWN_METHODS.has(method);
}

type ErrorCode = Extract<ResponseHead, { ok: false }>['code'];

function refuse(stream: TunnelStream, code: ErrorCode, message: string): void {
  stream.respond({ ok: false, code, message: message.slice(0, 4_000) } satisfies ResponseHead);
  stream.end();
  stream.resume();
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof AgentError ? error.code : 'internal';
}
