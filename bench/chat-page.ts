import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openBrowser, visit } from '../e2e/harness/browser.ts';
import { askFor, signIn } from '../e2e/harness/dashboard.ts';
import {
  startModelServer,
  type ModelReply,
  type ModelServer,
} from '../e2e/harness/model-server.ts';
import { withEnds } from './harness/ends.ts';
import { toMetric, type Pair } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { withSubject } from './harness/subject.ts';

const ROUNDS = 3;
const TOKENS = 3000;
const TOKENS_PER_SECOND = 200;
const TICK_MS = 20;
/** What a browser calls a long task. */
const GOAL_MS = 50;
const PATIENCE = { timeout: 120_000 };

/** Of each kind of text that an answer may hold, over and over. */
const PASSAGE = `## What changed

The page now lists **every entry**, newest first, and \`server.mjs\` keeps them in a file. See [the guide](https://example.com/guide).

- one entry per line, with a name and a message
- empty names are refused, and so are messages over a thousand characters

| field   | kept as | longest |
| ------- | ------- | ------- |
| name    | text    | 80      |
| message | text    | 1000    |

\`\`\`js
const entries = await store.read();
for (const { name, message } of entries.toReversed()) {
  page.push(\`<li><b>\${escape(name)}</b> \${escape(message)}</li>\`);
}
\`\`\`

`;
const WORDS = PASSAGE.match(/\s*\S{1,4}/g) ?? [];

/** How long the open chat keeps its page busy at a stretch while an answer arrives. */
await runBench('chat-page', () =>
  withEnds(async (keep) => {
    const model = await startModelServer();
    await keep(Promise.resolve({ stop: () => model.close() }));
    const browser = await openBrowser();
    await keep(Promise.resolve({ stop: () => browser.close() }));
    return withSubject(
      async ({ product }) => {
        const { page } = await visit(browser);
        await signIn(page, product);
        await page.goto(`${product.origin}/new`);
        await askFor(page, 'Speak at length');
        const pairs: Pair[] = [];
        for (let round = 1; round <= ROUNDS; round++) {
          if (round > 1) await say(page, 'Go on');
          const longest = await longestTask(page, model, `The end of answer ${round}.`);
          progress(`Answer ${round} of ${ROUNDS}: ${Math.round(longest)} ms`);
          pairs.push({ product: longest, peer: GOAL_MS });
        }
        const goal = { of: 'value', atMost: GOAL_MS } as const;
        return [toMetric(pairs, { metric: 'longest-task', unit: 'ms', peer: 'a long task', goal })];
      },
      { env: model.env },
    );
  }),
);

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** Runs in the page. */
const WATCH = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  }).observe({ type: 'longtask' });
`;

/** Of one answer, in ms; shorter ones than a long task are not told by browsers and count as none. */
async function longestTask(page: Page, model: ModelServer, end: string): Promise<number> {
  const reply = await model.next();
  await page.evaluate(WATCH);
  await speak(reply, end);
  await page.getByText(end).waitFor(PATIENCE);
  const seen: unknown = await page.evaluate('globalThis.longTasks');
  return Math.max(0, ...(Array.isArray(seen) ? seen.map(Number) : []));
}

async function speak(reply: ModelReply, end: string): Promise<void> {
  const startedMs = performance.now();
  for (let said = 0; said < TOKENS;) {
    const due = ((performance.now() - startedMs) / 1000) * TOKENS_PER_SECOND;
    for (; said < Math.min(due, TOKENS); said++) reply.say(WORDS[said % WORDS.length] ?? ' ');
    await sleep(TICK_MS);
  }
  reply.say(`\n\n${end}`);
  reply.end();
}
