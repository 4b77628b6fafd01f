import { randomUUID } from 'node:crypto';
import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import {
  NO_USAGE,
  UNKNOWN_LIMITS,
  type ModelEvent,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
} from '../model-provider.ts';
import { AppSettingsSchema, printSettings, type AppSettings } from './app-settings.ts';
import { APPROVED_MARK, PIPELINE_MARK, PLANNING_MARK } from '../pipeline-mark.ts';
import { blueprintOf } from './blueprint.ts';
import { planFirst, type BuildPlan } from './first-request.ts';
import { CANNOT, followUp } from './follow-up.ts';
import { foundKind, foundManifest } from './found-app.ts';
import { readTemplate } from './template-files.ts';
import { readable } from './words.ts';

interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a model would answer: words, then calls. */
interface Answer {
  readonly text: string;
  readonly calls: readonly Call[];
}

interface Exchange {
  readonly name: string;
  readonly result: string;
  readonly isError: boolean;
}

const INTRODUCTION = 'No model key is set, so I work from templates.';
const NOT_MINE = `${INTRODUCTION} This project was not made from one of them, so I cannot change it. An admin can set a model key; then I can work on any code.`;
const GAVE_UP =
  'I work from templates and cannot find the cause by myself. If it fails again, show an admin what is said below.';
/** Asked of an app that somebody else wrote. */
const START = /\b(?:start|run|launch|preview|try|show|open|host|serve|see)\b/i;
const SETTINGS_FILE = 'app.json';
/** What an empty project may hold. */
const INITIAL_FILES = new Set(['README.md', '.gitignore', 'LICENSE']);

/** What an app that was undone has made: its .gitignore is gone, so it is seen. */
const LEFT_BEHIND = /^(?:\.build|data|node_modules|\.venv|__pycache__)\//;

function textsOf(message: ModelMessage): string[] {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

interface Conversation {
  /** What the person said, oldest first. */
  readonly requests: readonly string[];
  /** What was answered before this turn. */
  readonly answers: readonly string[];
  /** Calls of this turn with their results. */
  readonly exchanges: readonly Exchange[];
  readonly failed: boolean;
  /** A plan is wanted in the place of a change. */
  readonly isPlanning: boolean;
}

function readConversation(messages: readonly ModelMessage[]): Conversation {
  const requests = messages.flatMap((message) =>
    message.role === 'user'
      ? textsOf(message)
          .filter((text) => !text.startsWith(PIPELINE_MARK))
          .map(readable)
      : [],
  );
  const start = messages.findLastIndex(
    (message) =>
      message.role === 'user' && textsOf(message).some((text) => !text.startsWith(PIPELINE_MARK)),
  );
  const turn = messages.slice(start + 1);
  const results = turn
    .flatMap((message) => (message.role === 'user' ? message.parts : []))
    .flatMap((part) => (part.type === 'toolResult' ? [part] : []));
  const calls = turn
    .flatMap((message) => (message.role === 'assistant' ? message.parts : []))
    .flatMap((part) => (part.type === 'toolCall' ? [part] : []));
  const exchanges = calls.flatMap(({ id, name }) => {
    const result = results.find((each) => each.callId === id);
    return result ? [{ name, result: result.text, isError: result.isError }] : [];
  });
  const answers = messages
    .slice(0, start)
    .flatMap((message) => (message.role === 'assistant' ? textsOf(message) : []));
  const request = messages[start];
  const isMarked = (mark: string) =>
    request !== undefined && textsOf(request).some((text) => text.startsWith(mark));
  return {
    // "Build it as planned" asks for what was said before.
    requests: isMarked(APPROVED_MARK) ? requests.slice(0, -1) : requests,
    isPlanning: isMarked(PLANNING_MARK),
    answers,
    exchanges,
    failed: turn.some((message) =>
      textsOf(message).some((text) => message.role === 'user' && text.startsWith(PIPELINE_MARK)),
    ),
  };
}

/** What the pipeline says of a change that is in the app. */
const IN_APP = /^(?:Done|Saved): your app is running\b/m;

/** An app that was undone leaves its conversation: what was said of it is not asked of the next one. */
function sinceChange(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const change = messages.findLastIndex(
    (message) => message.role === 'assistant' && textsOf(message).some((text) => IN_APP.test(text)),
  );
  return messages.slice(change + 1);
}

function withIntroduction(text: string, { answers }: Conversation): string {
  return answers.some((answer) => answer.includes(INTRODUCTION)) ? text : `${INTRODUCTION} ${text}`;
}

function parseSettings(text: string): AppSettings | null {
  try {
    return AppSettingsSchema.parse(JSON.parse(text));
  } catch {
    // Somebody changed the file by hand: it is not ours to overwrite.
    return null;
  }
}

const VERBS: Readonly<Record<string, string>> = {
  Changed: 'Change',
  Added: 'Add',
  Removed: 'Remove',
};

/** "Changed the colour" has not happened yet. */
function asPlan(summary: string): string {
  return summary.replace(/^\w+/, (verb) => VERBS[verb] ?? verb);
}

function answerFollowUp(conversation: Conversation, settingsText: string): Answer {
  const settings = parseSettings(settingsText);
  if (!settings) return { text: NOT_MINE, calls: [] };
  const found = followUp(conversation.requests.at(-1) ?? '', settings);
  if (found.type === 'say')
    return {
      text: found.text === CANNOT ? found.text : withIntroduction(found.text, conversation),
      calls: [],
    };
  if (conversation.isPlanning) {
    const plan = {
      title: settings.title,
      pages: [],
      behaviour: found.changes.map(asPlan),
      left_out: found.ignored,
    };
    return { text: '', calls: [{ name: 'propose_plan', input: plan }] };
  }
  return {
    text: '',
    calls: [
      {
        name: 'write_file',
        input: {
          path: SETTINGS_FILE,
          content: printSettings(found.settings),
          shrink_reason: 'settings are written anew',
        },
      },
      { name: 'finish', input: { summary: found.summary } },
    ],
  };
}

/** An app of somebody else can be started, though not changed. */
function answerForeign(conversation: Conversation, paths: readonly string[]): Answer {
  const kind = paths.includes(APP_MANIFEST_FILE) ? undefined : foundKind(paths);
  if (!kind) return { text: NOT_MINE, calls: [] };
  const asked = START.test(conversation.requests.at(-1) ?? '') && !conversation.isPlanning;
  if (!asked)
    return {
      text: `${NOT_MINE} It looks like ${kind.label}: I can start it. Say “Start the app”.`,
      calls: [],
    };
  const read = conversation.exchanges.findLast(({ name }) => name === 'read_file');
  if (kind.reads !== null && !read)
    return { text: '', calls: [{ name: 'read_file', input: { path: kind.reads } }] };
  const content = foundManifest(kind, { paths, text: read?.result ?? '' });
  if (content === null)
    return {
      text: `It looks like ${kind.label}, but ${kind.reads ?? 'it'} does not say how it is started.`,
      calls: [],
    };
  const summary = `The repository looks like ${kind.label}, so I wrote down in ${APP_MANIFEST_FILE} how it is put together and started. It has to listen on 127.0.0.1, at the port that the variable PORT gives.`;
  return {
    text: '',
    calls: [
      { name: 'write_file', input: { path: APP_MANIFEST_FILE, content } },
      { name: 'finish', input: { summary } },
    ],
  };
}

/** Requests that are understood here and make sense right after the first build. */
function nextSteps({ accent, theme, fields }: AppSettings): string[] {
  const colour = accent === 'ocean' ? 'Make it green' : 'Make it blue';
  const more = fields ? 'Add a field for the e-mail address' : 'Add a section about opening hours';
  return [colour, theme === 'dark' ? 'Use a light theme' : 'Use a dark theme', more];
}

/** createTemplateProvider answers without a model: it recognises the kind of app and uses the tools like a model would. */
export function createTemplateProvider({
  templatesDir,
}: {
  readonly templatesDir: string;
}): ModelProvider {
  async function build(plan: BuildPlan, conversation: Conversation): Promise<Answer> {
    const files = await readTemplate(templatesDir, plan.template, plan.settings);
    const writes = files.map(({ path, text }) => ({
      name: 'write_file',
      input: { path, content: text },
    }));
    const summary = `Built “${plan.settings.title}” from a template: ${plan.template.description}. You can now ask for another title, colour, text or section.`;
    return {
      text: withIntroduction(plan.text, conversation),
      calls: [
        ...writes,
        { name: 'finish', input: { summary, next_steps: nextSteps(plan.settings) } },
      ],
    };
  }

  async function answerFirst(conversation: Conversation): Promise<Answer> {
    const questions = conversation.answers.filter((answer) =>
      answer.includes('kind of app'),
    ).length;
    const plan = planFirst(conversation.requests, questions);
    if (plan.type === 'build' && conversation.isPlanning)
      return {
        text: withIntroduction(plan.text, conversation),
        calls: [{ name: 'propose_plan', input: blueprintOf(plan) }],
      };
    if (plan.type === 'build') return build(plan, conversation);
    return {
      text: questions === 0 ? INTRODUCTION : '',
      calls: [
        {
          name: 'ask_user',
          input: { questions: [{ question: plan.question, choices: plan.choices }] },
        },
      ],
    };
  }

  async function answer({ messages }: ModelRequest): Promise<Answer> {
    const conversation = readConversation(messages);
    const { exchanges, failed } = conversation;
    const last = exchanges.at(-1);
    if (failed || exchanges.some((each) => each.isError)) return { text: GAVE_UP, calls: [] };
    if (!last) return { text: '', calls: [{ name: 'list_files', input: {} }] };
    const listed = exchanges.find(({ name }) => name === 'list_files')?.result ?? '';
    const paths = listed === '(the project is empty)' ? [] : listed.split('\n');
    const isMine = paths.includes(SETTINGS_FILE) && paths.includes(APP_MANIFEST_FILE);
    if (last.name === 'read_file' && isMine) return answerFollowUp(conversation, last.result);
    if (isMine) return { text: '', calls: [{ name: 'read_file', input: { path: SETTINGS_FILE } }] };
    return paths.every((path) => INITIAL_FILES.has(path) || LEFT_BEHIND.test(path))
      ? answerFirst(readConversation(sinceChange(messages)))
      : answerForeign(conversation, paths);
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const { text, calls } = await answer(request);
    for (const word of text.match(/\S+\s*/g) ?? []) yield { type: 'text', text: word };
    for (const { name, input } of calls) {
      if (signal.aborted) {
        yield {
          type: 'failed',
          kind: 'aborted',
          retryable: false,
          retryAfterMs: null,
          requestId: null,
        };
        return;
      }
      const id = `template_${randomUUID()}`;
      yield { type: 'toolStart', id, name };
      yield { type: 'toolReady', id, name, input };
    }
    yield { type: 'usage', usage: NO_USAGE };
    yield { type: 'done', reason: calls.length > 0 ? 'toolCalls' : 'finished' };
  }

  return {
    name: 'Templates',
    model: null,
    templatesOnly: true,
    limits: async () => ({ ...UNKNOWN_LIMITS, seesImages: false }),
    stream,
  };
}
