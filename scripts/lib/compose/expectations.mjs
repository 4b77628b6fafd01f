import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.mjs';

const PATIENCE_MS = 300_000;
const POLL_MS = 1_000;

/** must gives the data of an answer of the control plane that has to be a certain one. */
export async function must(answer, wanted) {
  return JSON.parse(await mustAnswer(answer, wanted)).data;
}

/** mustAnswer gives the body of an answer that has to be a certain one. */
export async function mustAnswer(answer, wanted) {
  const { status, body } = await answer;
  if (status !== wanted)
    throw new Failure(`Answered ${status}, wanted ${wanted}: ${body.slice(0, 500)}`);
  return body;
}

/** until tries again and again; the last reason is the one that is told. */
export async function until(wanted, attempt) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline)
        throw new Failure(`Waited in vain until ${wanted}: ${error.message}`, {
          output: error.output,
        });
    }
    await delay(POLL_MS);
  }
}
