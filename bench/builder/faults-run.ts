import type { Message } from '@spt-flow/shared/api/conversations';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Answer } from '../../apps/control-plane/test/chat/scripted-answer.ts';
import type { CompletionsRequest } from '../../apps/control-plane/test/chat/completions-rules.ts';
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
import { LANES, sideBySide } from './side-by-side.ts';

const MARK = /Show (mark-\d+), please/g;

type Answers = ReturnType<FaultScenario['answers']>;

/** Plays a scenario to whoever asks for its mark. */
type Play = (mark: string, answers: Answers) => void;

/** An app that scenarios break one after the other. */
interface FaultyApp {
  readonly project: Project;
  /** What its page shows. */
  shown: string;
}

/** The server refuses what the published API refuses: a wrong request of the product fails the scenario. */
export async function runFaults(): Promise<Metric[]> {
  const model = await startCompletionsServer();
  try {
    const env = {
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'scripted',
      SPT_FLOW_BROWSER: browserProgram(),
    };
    return await withSubject((subject) => runScenarios(subject, playOn(model)), { env });
  } finally {
    await model.close();
  }
}

async function runScenarios(subject: Subject, play: Play): Promise<Metric[]> {
  const tally = new Tally('faults survived');
  const apps: FaultyApp[] = [];
  for (let lane = 0; lane < LANES; lane++) {
    const app = { project: await newProject(subject, `Faults ${lane}`), shown: '' };
    apps.push(app);
  }
  const run = async (scenario: FaultScenario, index: number, lane: number): Promise<void> => {
    const app = apps[lane];
    if (!app) throw new Error('a lane has no app');
    const mark = `mark-${index}`;
    play(mark, scenario.answers(mark));
    await tally.count(scenario.name, () => endsAsItHasTo(subject, { app, scenario, mark }));
    app.shown = (await shownBy(subject, app.project)) ?? app.shown;
  };
  for (const lane of apps.keys()) await run(FIRST, lane, lane);
  await sideBySide([...FAULT_SCENARIOS.entries()], async ([index, scenario], lane) => {
    progress(`Fault ${index + 1} of ${FAULT_SCENARIOS.length}: ${scenario.name}`);
    await run(scenario, LANES + index, lane);
  });
  return [tally.toMetric(1)];
}

async function endsAsItHasTo(
  subject: Subject,
  { app, scenario, mark }: { app: FaultyApp; scenario: FaultScenario; mark: string },
): Promise<void> {
  const answer = await ask(subject, app.project, `Show ${mark}, please`);
  const works = scenario.ends === 'works';
  if (works) checkWorks(answer);
  else checkRefused(answer);
  await checkShows(subject, app.project, works ? mark : app.shown);
}

/** The last answer of a scenario is given again for as long as it is asked. */
function playOn(model: CompletionsServer): Play {
  const left = new Map<string, Answer[]>();
  model.answerWith((request) => {
    const answers = left.get(markIn(request)) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (!next) throw new Error('a scenario has no answer');
    return next;
  });
  return (mark, answers) => void left.set(mark, [...answers]);
}

/** The newest request of a person, among those of the conversation before it. */
function markIn({ messages }: CompletionsRequest): string {
  const said = messages.map(({ role, ...rest }) => (role === 'user' ? JSON.stringify(rest) : ''));
  return [...said.join('\n').matchAll(MARK)].at(-1)?.[1] ?? '';
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

/** Undefined when the page does not answer, which the scenario has counted already. */
async function shownBy(subject: Subject, project: Project): Promise<string | undefined> {
  const page = await appPage(subject, project)
    .get()
    .catch(() => undefined);
  return /<h1>(.*?)<\/h1>/.exec(page?.text ?? '')?.[1];
}
