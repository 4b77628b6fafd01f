import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import type { Project } from '@spt-flow/shared/api/projects';
import { startModelServer, type ModelReply } from '../e2e/harness/model-server.ts';
import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { startPeer } from './harness/peer.ts';
import { createDisturbance } from './harness/proc.ts';
import { pinTo, progress, runBench } from './harness/program.ts';
import { openLive } from './harness/sockets.ts';
import { quantile } from './harness/statistics.ts';
import { createProject, withSubject, type Subject } from './harness/subject.ts';

const PAIRS = 5;
const SUBJECT_CORE = 0;
const OWN_CORE = 1;
/** Answers per measurement of the first word. */
const ANSWERS = 15;
const STREAMS = 50;
const WORDS_PER_STREAM = 60;
const WORD_INTERVAL_MS = 50;
const MARK = /tick ([\d.]+) /g;

/** A stream of answers, however it comes: who asks gets to know when the last word has arrived. */
interface Route {
  /** Asks for an answer of so many words on one of its ways; resolves with what each word took, in ms. */
  ask(way: number, words: number): Promise<number[]>;
}

/** From the model's word to the same word at a client: through the stored conversation, and through a plain pipe. */
await runBench('chat-stream', () =>
  withEnds(async (keep) => {
    pinTo(OWN_CORE);
    const model = await startModelServer();
    let words = 1;
    void answerAll(model.next, () => words);
    const source = model.env['ANTHROPIC_BASE_URL'] ?? '';
    const peer = await keep(startPeer('http-pipe', SUBJECT_CORE, { env: { SOURCE_URL: source } }));
    return withSubject(
      async (subject) => {
        const product = await conversations(subject);
        const pipe = plainPipe(peer.url);
        const measure = (of: (route: Route) => Promise<number>) =>
          measurePairs(
            { product: () => of(product), peer: () => of(pipe) },
            { pairs: PAIRS, disturbance: createDisturbance() },
          );
        for (const route of [product, pipe]) await firstWord(route);
        progress('Measuring the first word');
        const first = await measure(firstWord);
        progress(`Measuring ${STREAMS} streams`);
        words = WORDS_PER_STREAM;
        const crowd = await measure(allStreams);
        await model.close();
        const about = { unit: 'ms', peer: 'pipe of node:http' };
        return [
          toMetric(first, {
            ...{ ...about, metric: 'first-word-p50' },
            goal: { of: 'ratio', by: 'median', atMost: 3 },
          }),
          toMetric(crowd, {
            ...{ ...about, metric: `word-p99-of-${STREAMS}-streams` },
            goal: { of: 'value', by: 'median', atMost: 100 },
          }),
        ];
      },
      { core: SUBJECT_CORE, env: { ...model.env, MAX_PROJECTS_PER_USER: String(STREAMS) } },
    );
  }),
);

async function firstWord(route: Route): Promise<number> {
  const latencies: number[] = [];
  for (let answer = 0; answer < ANSWERS; answer++) latencies.push(...(await route.ask(0, 1)));
  return quantile(
    latencies.sort((a, b) => a - b),
    0.5,
  );
}

async function allStreams(route: Route): Promise<number> {
  const ways = Array.from({ length: STREAMS }, (_, way) => route.ask(way, WORDS_PER_STREAM));
  const latencies = (await Promise.all(ways)).flat();
  return quantile(
    latencies.sort((a, b) => a - b),
    0.99,
  );
}

async function answerAll(next: () => Promise<ModelReply>, words: () => number): Promise<void> {
  for (;;) void speak(await next(), words());
}

/** Each word says when it was said. */
async function speak(reply: ModelReply, words: number): Promise<void> {
  for (let word = 0; word < words; word++) {
    await sleep(WORD_INTERVAL_MS);
    reply.say(`tick ${performance.now().toFixed(3)} `);
  }
  reply.end();
}

function latenciesIn(text: string): number[] {
  const now = performance.now();
  return [...text.matchAll(MARK)].map(([, saidAt]) => now - Number(saidAt));
}

async function conversations(subject: Subject): Promise<Route> {
  const projects: Project[] = [];
  for (let way = 0; way < STREAMS; way++) {
    progress(`Making project ${way + 1} of ${STREAMS}`);
    projects.push(await createProject(subject, `stream ${way}`));
  }
  const lives = await Promise.all(projects.map(({ id }) => openLive(subject, `project:${id}`)));
  return {
    async ask(way, words) {
      const handle = projects[way]?.id ?? '';
      const latencies: number[] = [];
      const done = new Promise<void>((resolve) => {
        lives[way]?.onEvent((event) => {
          if (event.type === 'message.delta') latencies.push(...latenciesIn(event.text));
          if (event.type === 'message.done') resolve();
        });
      });
      await subject.api.call(conversationRoutes.send, {
        params: { handle },
        body: { clientMessageId: randomUUID(), content: 'Speak' },
      });
      await done;
      return complete(latencies, words);
    },
  };
}

function plainPipe(url: URL): Route {
  return {
    async ask(_way, words) {
      const asked = request(url, { method: 'POST', agent: false });
      asked.end('{}');
      const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
      const latencies: number[] = [];
      for await (const piece of answer) latencies.push(...latenciesIn(piece.toString()));
      return complete(latencies, words);
    },
  };
}

function complete(latencies: number[], words: number): number[] {
  if (latencies.length !== words)
    throw new Error(`${latencies.length} of ${words} words arrived whole`);
  return latencies;
}
