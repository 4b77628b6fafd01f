import * as z from 'zod';
import { APP_ORIGIN } from './app-gateway.ts';
import type { DevtoolsEvent } from './devtools.ts';

const MAX_PROBLEMS = 10;
const MAX_PROBLEM_CHARACTERS = 300;

const ExceptionSchema = z.object({
  exceptionDetails: z.looseObject({
    text: z.string(),
    exception: z.looseObject({ description: z.string().optional() }).optional(),
  }),
});
const ConsoleSchema = z.looseObject({
  type: z.string(),
  args: z.array(z.looseObject({ value: z.unknown(), description: z.string().optional() })),
});
const RequestSchema = z.looseObject({ request: z.looseObject({ url: z.string() }) });
const LogSchema = z.object({
  entry: z.looseObject({ level: z.string(), text: z.string(), url: z.string().optional() }),
});

function wordsOf({ args }: z.infer<typeof ConsoleSchema>): string {
  return args.map(({ value, description }) => description ?? String(value)).join(' ');
}

/** What an event says is wrong with the page, in its own words. */
function problemIn({ method, params }: DevtoolsEvent): string | null {
  if (method === 'Runtime.exceptionThrown') {
    const { exceptionDetails } = ExceptionSchema.parse(params);
    return exceptionDetails.exception?.description ?? exceptionDetails.text;
  }
  if (method === 'Runtime.consoleAPICalled') {
    const call = ConsoleSchema.parse(params);
    return call.type === 'error' ? wordsOf(call) : null;
  }
  if (method !== 'Log.entryAdded') return null;
  const { level, text, url = '' } = LogSchema.parse(params).entry;
  // Browsers ask for the icon of every site, whether it has one or not.
  return level === 'error' && !/\/favicon\.ico$/.test(url) ? `${text} ${url}`.trim() : null;
}

/** What is not of the app, and not loaded here: other sites, and all WebSockets. */
function isOutOfReach({ method, params }: DevtoolsEvent): boolean {
  if (method === 'Network.webSocketCreated') return true;
  if (method !== 'Network.requestWillBeSent') return false;
  const { url } = RequestSchema.parse(params).request;
  return /^https?:/.test(url) && !url.startsWith(`${APP_ORIGIN}/`);
}

/** PageWatch collects what a page complains about, and whether it could have all it wanted. */
export class PageWatch {
  readonly #problems = new Set<string>();
  isPartial = false;

  get problems(): string[] {
    return [...this.#problems];
  }

  see(event: DevtoolsEvent): void {
    this.isPartial ||= isOutOfReach(event);
    const problem = problemIn(event);
    if (problem !== null && this.#problems.size < MAX_PROBLEMS)
      this.#problems.add(problem.slice(0, MAX_PROBLEM_CHARACTERS));
  }
}
