import type { Message } from '@spt-flow/shared/api/conversations';
import type { Project } from '@spt-flow/shared/api/projects';
import {
  startCompletionsServer,
  type CompletionsServer,
} from '../../apps/control-plane/test/chat/completions-server.ts';
import { browserProgram } from '../../e2e/harness/browser.ts';
import type { Metric } from '../harness/metric.ts';
import { progress } from '../harness/program.ts';
import { withSubject, type Subject } from '../harness/subject.ts';
import { appPage } from './app-page.ts';
import { ask, newProject } from './conversation.ts';
import { check, checkText } from './expect.ts';
import { FAULT_SCENARIOS, FIRST, type FaultScenario } from './fault-scenarios.ts';
import { Tally } from './outcome.ts';

/** The server refuses what the published API refuses: a wrong request of the product fails the scenario. */
export async function runFaults(): Promise<Metric[]> {
  const model = await startCompletionsServer();
  try {
    const env = {
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'scripted',
      SPT_FLOW_BROWSER: browserProgram(),
    };
    return await withSubject((subject) => runScenarios(subject, model), { env });
  } finally {
    await model.close();
  }
}

async function runScenarios(subject: Subject, model: CompletionsServer): Promise<Metric[]> {
  const tally = new Tally('faults survived');
  const project = await newProject(subject, 'Faults');
  let shown = '';
  for (const [index, scenario] of [FIRST, ...FAULT_SCENARIOS].entries()) {
    progress(`Fault ${index} of ${FAULT_SCENARIOS.length}: ${scenario.name}`);
    const mark = `mark-${index}`;
    play(model, scenario.answers(mark));
    await tally.count(scenario.name, async () => {
      const answer = await ask(subject, project, `Show ${mark}, please`);
      if (scenario.ends === 'works') checkWorks(answer);
      else checkRefused(answer);
      await checkShows(subject, project, scenario.ends === 'works' ? mark : shown);
    });
    shown = /<h1>(.*?)<\/h1>/.exec((await appPage(subject, project).get()).text)?.[1] ?? shown;
  }
  return [tally.toMetric(1)];
}

function play(model: CompletionsServer, answers: ReturnType<FaultScenario['answers']>): void {
  const left = [...answers];
  model.answerWith(() => {
    const next = left.length > 1 ? left.shift() : left[0];
    if (!next) throw new Error('a scenario has no answer');
    return next;
  });
}

function checkWorks({ state, content, changeSetId }: Message): void {
  check(state === 'done' && changeSetId !== null, `${String(state)}: ${content}`);
  checkText(content, 'Done: your app is running');
}

/** Honest: not done, what is safe, and what to do next. */
function checkRefused({ state, content }: Message): void {
  check(state === 'failed', `${String(state)}: ${content}`);
  check(!content.includes('Done'), `claims to be done: ${content}`);
  checkText(content, /Your app is unchanged|as it was before/);
}

async function checkShows(subject: Subject, project: Project, mark: string): Promise<void> {
  const { status, text } = await appPage(subject, project).get();
  check(status === 200, `the page answers with ${status}`);
  checkText(text, `<h1>${mark}</h1>`);
}
