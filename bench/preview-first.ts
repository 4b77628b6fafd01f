import { setTimeout as sleep } from 'node:timers/promises';
import { appPage } from './builder/app-page.ts';
import { newProject, removeProject, send } from './builder/conversation.ts';
import { toMetric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { withSubject, type Subject } from './harness/subject.ts';

const ROUNDS = 5;
const POLL_MS = 50;
const PATIENCE_MS = 60_000;
const GOAL_MS = 10_000;

/** From the first message of a new project, whose machine is not there yet, to the first page of its app. */
await runBench('preview-first', () =>
  withSubject(async (subject) => {
    const pairs: { product: number; peer: number }[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const product = await firstPreview(subject, round);
      progress(`Round ${round} of ${ROUNDS}: ${Math.round(product)} ms`);
      pairs.push({ product, peer: GOAL_MS });
    }
    return [
      toMetric(pairs, {
        metric: 'message-to-preview',
        unit: 'ms',
        peer: 'ten seconds',
        goal: { of: 'value', atMost: GOAL_MS },
      }),
    ];
  }),
);

async function firstPreview(subject: Subject, round: number): Promise<number> {
  const startedMs = performance.now();
  const project = await newProject(subject, `First ${round}`);
  await send(subject, project, 'a guestbook for my café');
  const app = appPage(subject, project);
  for (;;) {
    const { status, text } = await app.get();
    const tookMs = performance.now() - startedMs;
    if (status === 200 && text.includes('<h1>Café guestbook</h1>')) {
      await removeProject(subject, project);
      return tookMs;
    }
    if (tookMs > PATIENCE_MS) throw new Error(`The app did not come: ${status}`);
    await sleep(POLL_MS);
  }
}
