import {
  callChunks,
  chunk,
  completionCalls,
  completionText,
  data,
  end,
  textChunks,
} from '../../apps/control-plane/test/chat/completions-sse.ts';
import type { Answer } from '../../apps/control-plane/test/chat/scripted-answer.ts';
import { BROKEN, complaining, failing, MANIFEST, server } from './fault-app.ts';

/** FaultScenario is what a model answers to one message, and how the turn has to end. */
export interface FaultScenario {
  readonly name: string;
  /** In turn; the last one is given again for as long as there are requests. */
  readonly answers: (mark: string) => readonly Answer[];
  /** `works`: the page shows the new mark. `refused`: it shows the old one, and the answer says so. */
  readonly ends: 'works' | 'refused';
}

interface Call {
  readonly name: string;
  readonly input: unknown;
}

const FINISH: Call = { name: 'finish', input: { summary: 'Changed the mark' } };
const CUT_JSON = '{"path": "server.mjs", "content": "import { createServer } fr';
const SECRET = `const KEY = 'sk-${'a1B2'.repeat(10)}';`;
const SOON = { 'retry-after-ms': '20' };

function calls(...each: readonly Call[]): Answer {
  return { body: completionCalls(...each) };
}

function says(text: string): Answer {
  return { body: completionText(text) };
}

function write(content: string, path = 'server.mjs'): Call {
  return { name: 'write_file', input: { path, content } };
}

function edit(oldString: string, newString: string): Call {
  const edits = [{ old_string: oldString, new_string: newString }];
  return { name: 'edit_file', input: { path: 'server.mjs', edits } };
}

function raw(name: string, json: string, reason = 'tool_calls'): Answer {
  return { body: callChunks(0, { name, json: [json] }) + end(reason) };
}

function refuse(status: number, headers: Readonly<Record<string, string>> = SOON): Answer {
  return { status, headers, body: JSON.stringify({ error: { message: 'busy', code: null } }) };
}

function good(mark: string): Answer {
  return calls(write(server(mark)), FINISH);
}

/** Something is wrong once, and right after the model was told. */
function corrected(name: string, ...wrong: readonly ((mark: string) => Answer)[]): FaultScenario {
  return {
    name,
    ends: 'works',
    answers: (mark) => [...wrong.map((each) => each(mark)), good(mark)],
  };
}

function hopeless(name: string, answers: FaultScenario['answers']): FaultScenario {
  return { name, ends: 'refused', answers };
}

/** FIRST builds the app that the scenarios then change. */
export const FIRST: FaultScenario = {
  name: 'first build',
  ends: 'works',
  answers: (mark) => [calls(write(MANIFEST, 'spt-flow.json'), write(server(mark)), FINISH)],
};

const MALFORMED: readonly FaultScenario[] = [
  corrected('JSON that breaks off', () => raw('write_file', CUT_JSON)),
  corrected('a Python dictionary', () => raw('write_file', "{'path': 'x', 'content': ''}")),
  corrected('other fields', () => raw('write_file', '{"file": "server.mjs", "text": ""}')),
  corrected('an unknown tool', () => calls({ name: 'bash', input: { cmd: 'ls' } })),
  corrected('code in the text', () => says('```js\nlisten()\n```')),
  corrected('an empty answer', () => says('')),
  corrected('a call cut by its length', () => raw('write_file', CUT_JSON, 'length')),
  corrected('text cut by its length', () => ({ body: textChunks('I will now') + end('length') })),
  hopeless('JSON that always breaks off', () => [raw('write_file', CUT_JSON)]),
  hopeless('always cut by its length', () => [raw('write_file', CUT_JSON, 'length')]),
  hopeless('always empty', () => [says('')]),
  hopeless('tools without end', () => [calls({ name: 'list_files', input: {} })]),
  hopeless('a refusal', () => [{ body: chunk({}, 'content_filter') }]),
];

const WRONG_EDITS: readonly FaultScenario[] = [
  corrected('an edit of what is not there', (mark) => calls(edit('const MARKER', mark), FINISH)),
  corrected('an edit that fits twice', (mark) => calls(edit('response', mark), FINISH)),
  corrected('an edit that changes nothing', () => calls(edit('MARK', 'MARK'), FINISH)),
  corrected(
    'two wrong edits',
    () => calls(edit('a b c', 'x')),
    () => calls(edit('d e f', 'x')),
  ),
  corrected('a placeholder for code', (mark) =>
    calls(write(`const MARK = '${mark}';\n// ... rest of the code\n`), FINISH),
  ),
  corrected('a path outside', () => calls(write('x', '../server.mjs'), FINISH)),
  corrected('a secret', (mark) => calls(write(server(mark, SECRET)), FINISH)),
  corrected('a deleted file of nobody', () =>
    calls({ name: 'delete_file', input: { path: 'nothing.js' } }, FINISH),
  ),
];

const CRASHES: readonly FaultScenario[] = [
  ...Object.entries(BROKEN).map(([name, broken]) =>
    corrected(`${name}, then right`, (mark) => calls(write(server(mark, broken)), FINISH)),
  ),
  corrected('answers 500, then right', (mark) => calls(write(failing(mark)), FINISH)),
  corrected('complains in the browser, then right', (mark) =>
    calls(write(complaining(mark)), FINISH),
  ),
  {
    name: 'a manifest that is none, then right',
    ends: 'works',
    answers: (mark) => [
      calls(write('{"kind":', 'spt-flow.json'), FINISH),
      calls(write(MANIFEST, 'spt-flow.json'), write(server(mark)), FINISH),
    ],
  },
  ...Object.entries(BROKEN).map(([name, broken]) =>
    hopeless(`${name} for ever`, (mark) => [calls(write(server(`${mark} `, broken)), FINISH)]),
  ),
  hopeless('answers 500 for ever', (mark) => [calls(write(failing(mark)), FINISH)]),
  hopeless('gives up', (mark) => [
    calls(write(server(mark, BROKEN.crash)), FINISH),
    says('I cannot find the cause.'),
  ]),
];

const OVERLOAD: readonly FaultScenario[] = [
  corrected('busy once', () => refuse(503)),
  corrected(
    'busy twice',
    () => refuse(529),
    () => refuse(500),
  ),
  corrected('too many requests once', () => refuse(429)),
  corrected('a cut connection', () => ({ body: textChunks('I wi'), cut: true })),
  corrected('an answer that is not one', () => ({ body: 'data: <html>\n\n' })),
  corrected('an error in the middle', () => ({
    body: textChunks('I wi') + data({ error: { message: 'overloaded', code: 503 } }),
  })),
  hopeless('busy for ever', () => [refuse(503)]),
  hopeless('too many requests for an hour', () => [refuse(429, { 'retry-after': '3600' })]),
  hopeless('a wrong key', () => [refuse(401)]),
  hopeless('no credit', () => [refuse(402)]),
  hopeless('an unknown model', () => [refuse(404)]),
];

/** FAULT_SCENARIOS are malformed calls, wrong edits, crashes and overload. */
export const FAULT_SCENARIOS: readonly FaultScenario[] = [
  ...MALFORMED,
  ...WRONG_EDITS,
  ...CRASHES,
  ...OVERLOAD,
];
