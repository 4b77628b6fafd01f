import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { messageOf } from '../system/errors.ts';
import { connectLoopback } from '../system/loopback.ts';
import type { Plan } from './manifest.ts';

const INTERVAL_MS = 100;
/** As long as nobody listens, asking costs next to nothing. */
const UNANSWERED_INTERVAL_MS = 20;
const ATTEMPT_TIMEOUT_MS = 4_000;
const FIRST_ERROR_STATUS = 500;

export type Probe = NonNullable<Plan['probe']>;
export type ProbeResult = NonNullable<ChangeSetReceipt['probe']>;

/** What one request brought; `error` is null for a good answer. */
export interface Answer {
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

export interface Health {
  readonly result: ProbeResult;
  /** The longest that a good answer took. */
  readonly slowestMs: number;
}

interface ProbeOptions {
  /** How many good answers in a row it takes: one may come from an app that is about to end. */
  readonly goodAnswers: number;
  readonly signal: AbortSignal;
}

/** Asks until the app answered well often enough, or the time is over. */
export async function probeUntilHealthy(
  probe: Probe,
  { goodAnswers, signal }: ProbeOptions,
): Promise<Health> {
  const started = performance.now();
  let answer: Answer = { status: null, durationMs: 0, error: 'It did not answer in time' };
  let good: Answer[] = [];
  while (!signal.aborted) {
    const leftMs = probe.timeoutMs - (performance.now() - started);
    // The last moment is too short to answer in, and its words would hide what the request before it brought.
    if (leftMs < UNANSWERED_INTERVAL_MS) break;
    answer = await ask(probe, Math.min(leftMs, ATTEMPT_TIMEOUT_MS));
    good = answer.error === null ? [...good, answer] : [];
    if (good.length === goodAnswers) break;
    await sleep(answer.status === null ? UNANSWERED_INTERVAL_MS : INTERVAL_MS);
  }
  const isHealthy = good.length === goodAnswers;
  return {
    slowestMs: Math.max(0, ...good.map(({ durationMs }) => durationMs)),
    result: {
      url: urlOf(probe),
      status: answer.status,
      durationMs: performance.now() - started,
      error: isHealthy ? null : (answer.error ?? 'It did not answer often enough in time'),
    },
  };
}

export function urlOf(probe: Probe): string {
  return `http://127.0.0.1:${probe.port}${probe.path}`;
}

/** Sends one request and never rejects. */
export async function ask(probe: Probe, timeoutMs: number): Promise<Answer> {
  const started = performance.now();
  const late = AbortSignal.timeout(Math.ceil(timeoutMs));
  const answer = (status: number | null, error: string | null): Answer => ({
    status,
    error,
    durationMs: performance.now() - started,
  });
  try {
    const status = await requestStatus(await connectLoopback(probe.port, late), probe);
    return answer(status, status < FIRST_ERROR_STATUS ? null : `It answered with status ${status}`);
  } catch (error) {
    return answer(
      null,
      late.aborted ? `It gave no answer within ${Math.round(timeoutMs)} ms` : messageOf(error),
    );
  }
}

/** A plain request over a socket: an HTTP client would cost the agent memory for good. */
async function requestStatus(socket: Socket, probe: Probe): Promise<number> {
  try {
    return await new Promise((resolve, reject) => {
      let head = '';
      socket.on('error', reject);
      const endEarly = () => reject(new Error('It closed the connection without an answer'));
      socket.on('end', endEarly);
      socket.on('close', endEarly);
      socket.on('data', (chunk: Buffer) => {
        head += chunk.toString('latin1');
        const match = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head);
        if (match) resolve(Number(match[1]));
        else if (head.length > 64) reject(new Error('It does not speak HTTP'));
      });
      socket.write(
        `GET ${probe.path} HTTP/1.1\r\nHost: localhost:${probe.port}\r\nUser-Agent: spt-flow-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
      );
    });
  } finally {
    socket.destroy();
  }
}
