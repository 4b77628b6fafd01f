import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { messageOf } from '../system/errors.ts';
import { connectLoopback } from '../system/loopback.ts';
import type { Plan } from './manifest.ts';

const INTERVAL_MS = 100;
const ATTEMPT_TIMEOUT_MS = 2_000;
const FIRST_ERROR_STATUS = 500;
/** One answer may come from an app that is about to end. */
const GOOD_ANSWERS_NEEDED = 2;

export type Probe = NonNullable<Plan['probe']>;
export type ProbeResult = NonNullable<ChangeSetReceipt['probe']>;

/** Asks until the app answered well twice in a row, or the time is over. */
export async function probeUntilHealthy(probe: Probe, signal: AbortSignal): Promise<ProbeResult> {
  const started = performance.now();
  const url = `http://127.0.0.1:${probe.port}${probe.path}`;
  let status: number | null = null;
  let error: string | null = null;
  let goodAnswers = 0;
  while (!signal.aborted) {
    const leftMs = probe.timeoutMs - (performance.now() - started);
    if (leftMs <= 0) break;
    ({ status, error } = await ask(probe, Math.min(leftMs, ATTEMPT_TIMEOUT_MS)));
    goodAnswers = error === null ? goodAnswers + 1 : 0;
    if (goodAnswers === GOOD_ANSWERS_NEEDED) break;
    await sleep(INTERVAL_MS);
  }
  const isHealthy = goodAnswers === GOOD_ANSWERS_NEEDED;
  return {
    url,
    status,
    durationMs: performance.now() - started,
    error: isHealthy ? null : (error ?? 'It did not answer in time'),
  };
}

async function ask(
  probe: Probe,
  timeoutMs: number,
): Promise<{ status: number | null; error: string | null }> {
  try {
    const status = await requestStatus(await connectLoopback(probe.port), probe, timeoutMs);
    return {
      status,
      error: status < FIRST_ERROR_STATUS ? null : `It answered with status ${status}`,
    };
  } catch (error) {
    return { status: null, error: messageOf(error) };
  }
}

/** A plain request over a socket: an HTTP client would cost the agent memory for good. */
async function requestStatus(socket: Socket, probe: Probe, timeoutMs: number): Promise<number> {
  try {
    return await new Promise((resolve, reject) => {
      let head = '';
      socket.setTimeout(timeoutMs, () =>
        reject(new Error(`It did not answer within ${Math.round(timeoutMs)} ms`)),
      );
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('It closed the connection without an answer')));
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
