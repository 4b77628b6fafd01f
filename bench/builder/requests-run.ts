import type { Message } from '@spt-flow/shared/api/conversations';
import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Browser } from 'playwright-core';
import type { Metric } from '../harness/metric.ts';
import { progress } from '../harness/program.ts';
import type { Subject } from '../harness/subject.ts';
import { appPage } from './app-page.ts';
import { APP_REQUESTS, type AppRequest, type ChangeRequest } from './app-requests.ts';
import { ask, newProject, removeProject } from './conversation.ts';
import { check, checkText } from './expect.ts';
import { Tally } from './outcome.ts';
import { sideBySide } from './side-by-side.ts';

export interface RequestsRun {
  readonly subject: Subject;
  readonly browser: Browser;
  /** Templates answer word for word; a model only has to make an app that works. */
  readonly isTemplates: boolean;
  /** The share that has to pass. */
  readonly atLeast: number;
}

/** runRequests says every request to the product, and uses what comes of it over HTTP and in a browser. */
export async function runRequests(run: RequestsRun): Promise<Metric[]> {
  const apps = new Tally('apps');
  const changes = new Tally('changes');
  const build = async (request: AppRequest, index: number): Promise<void> => {
    progress(`App ${index + 1} of ${APP_REQUESTS.length}: ${request.says}`);
    const project = await newProject(run.subject, `Bench ${index + 1}`);
    if (await apps.count(request.says, () => buildsApp(run, project, request)))
      for (const change of request.changes)
        await changes.count(`${request.says}, ${change.says}`, () =>
          changesApp(run, project, change),
        );
    await removeProject(run.subject, project);
  };
  await sideBySide([...APP_REQUESTS.entries()], ([index, request]) => build(request, index));
  return [apps.toMetric(run.atLeast), changes.toMetric(run.atLeast)];
}

async function buildsApp(run: RequestsRun, project: Project, request: AppRequest): Promise<void> {
  const answer = await ask(run.subject, project, request.says);
  checkProven(answer);
  await checkScreenshot(run.subject, project, answer);
  const app = appPage(run.subject, project);
  const { status, text } = await app.get();
  check(status === 200, `the page answers with ${status}`);
  if (run.isTemplates) {
    checkText(text, `<h1>${request.title}</h1>`);
    await request.works(app);
  }
  await checkInBrowser(run, project);
}

async function changesApp(
  run: RequestsRun,
  project: Project,
  { says, shows }: ChangeRequest,
): Promise<void> {
  const app = appPage(run.subject, project);
  const before = await app.get();
  const answer = await ask(run.subject, project, says);
  const after = await app.get();
  check(after.status === 200, `the page answers with ${after.status}`);
  if (!run.isTemplates) return check(answer.state === 'done', answer.content);
  if (shows === null) {
    check(answer.changeSetId === null, 'a refusal changes nothing');
    check(after.text === before.text, 'the app stays as it was');
    check(!/\bdone\b/i.test(answer.content), 'a refusal is honest');
    return checkText(answer.content, 'Without a model key');
  }
  checkProven(answer);
  checkText(after.text, shows);
}

/** What the answer itself has to show before anybody believes it. */
function checkProven({ state, content, proof, changeSetId, steps }: Message): void {
  check(state === 'done' && changeSetId !== null, content);
  checkText(content, 'Done: your app is running');
  check(proof !== undefined && proof.problems.length === 0, 'a browser saw the page');
  check(
    steps.every((step) => step.state === 'done'),
    'every step is done',
  );
}

async function checkScreenshot(
  { api }: Subject,
  project: Project,
  { proof }: Message,
): Promise<void> {
  const params = { handle: project.slug, screenshotId: proof?.screenshotId ?? '' };
  const { dataUrl } = await api.call(conversationRoutes.screenshot, { params });
  check(dataUrl.startsWith('data:image/jpeg;base64,/9j/'), 'the screenshot is a picture');
}

async function checkInBrowser({ browser, subject }: RequestsRun, project: Project): Promise<void> {
  const context = await browser.newContext({
    extraHTTPHeaders: { authorization: `Bearer ${subject.token}` },
  });
  try {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const response = await page.goto(project.previewUrl);
    check(response?.status() === 200, 'the preview opens in a browser');
    check((await page.locator('h1').count()) > 0, 'the page has a heading');
    check(problems.length === 0, problems.join('\n'));
  } finally {
    await context.close();
  }
}
