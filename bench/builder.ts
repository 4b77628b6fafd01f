import { workspaceEnvironment } from '../apps/control-plane/src/features/providers/local/environment.ts';
import { browserProgram, openBrowser } from '../e2e/harness/browser.ts';
import { runFaults } from './builder/faults-run.ts';
import { runRequests } from './builder/requests-run.ts';
import type { Metric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { withSubject } from './harness/subject.ts';

/** Of a real model the rate is printed; how high it is depends on the model. */
const MODEL_VARIABLES = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_MODEL',
  'OPENAI_BASE_URL',
  'OPENAI_API_KEY',
  'OPENAI_MODEL',
];

/**
 * What people ask for and what comes of it: from templates and from a model that is scripted to fail, where everything
 * has to end in a working app or an honest refusal; and from a real model when one is set.
 */
await runBench('builder', async () => [
  ...(await request({})),
  ...(await runFaults()),
  ...(await requestOfModel()),
]);

async function request(model: Readonly<Record<string, string>>): Promise<Metric[]> {
  const isTemplates = Object.keys(model).length === 0;
  const browser = await openBrowser();
  try {
    return await withSubject(
      (subject) => runRequests({ subject, browser, isTemplates, atLeast: isTemplates ? 1 : 0 }),
      {
        env: {
          // Some apps fetch packages: as this machine does, where it has a proxy or authorities of its own.
          ...workspaceEnvironment(process.env),
          MAX_PROJECTS_PER_USER: '100',
          SPT_FLOW_BROWSER: browserProgram(),
          ...model,
        },
      },
    );
  } finally {
    await browser.close();
  }
}

async function requestOfModel(): Promise<Metric[]> {
  const model = Object.fromEntries(
    MODEL_VARIABLES.flatMap((name) => {
      const value = process.env[name];
      return value ? [[name, value] as const] : [];
    }),
  );
  if (!model['ANTHROPIC_API_KEY'] && !model['OPENAI_BASE_URL']) {
    progress('No real model is set: set ANTHROPIC_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL');
    return [];
  }
  const metrics = await request(model);
  return metrics.map((metric) => ({ ...metric, metric: `${metric.metric} of the model` }));
}
