import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { checkCompletions, type CompletionsRequest } from './completions-rules.ts';
import { readBody, sendAnswer, type Answer } from './scripted-answer.ts';
import { portOf } from '../support/ports.ts';

export type Answerer = (request: CompletionsRequest) => Answer;

export interface CompletionsServer {
  /** With the version, as it is configured. */
  readonly url: string;
  readonly requests: readonly CompletionsRequest[];
  /** These come first, one after the other. */
  script(...answers: readonly Answer[]): void;
  /** And this one when the script has no more. */
  answerWith(answerer: Answerer): void;
  close(): Promise<void>;
}

export interface CompletionsOptions {
  readonly apiKey?: string;
  /** What `GET /v1/models` lists. */
  readonly models?: readonly Readonly<Record<string, unknown>>[];
  /** As Ollama refuses them for models without a template for tools. */
  readonly withoutTools?: boolean;
}

function errorAnswer(status: number, message: string, code: string | null = null): Answer {
  const error = { message, type: 'invalid_request_error', param: null, code };
  return { status, body: JSON.stringify({ error }) };
}

/** startCompletionsServer replays answers and refuses every request that the published API would refuse. */
export async function startCompletionsServer(
  options: CompletionsOptions = {},
): Promise<CompletionsServer> {
  const requests: CompletionsRequest[] = [];
  const answers: Answer[] = [];
  let answerer: Answerer = () => errorAnswer(400, 'the script has no more answers');

  function answerTo(request: IncomingMessage, text: string): Answer {
    const { method, url, headers } = request;
    const wanted = options.apiKey === undefined ? undefined : `Bearer ${options.apiKey}`;
    if (headers.authorization !== wanted)
      return errorAnswer(401, 'Incorrect API key provided', 'invalid_api_key');
    if (method === 'GET' && url === '/v1/models')
      return { body: JSON.stringify({ object: 'list', data: options.models ?? [] }) };
    if (method !== 'POST' || url !== '/v1/chat/completions')
      return errorAnswer(404, `unexpected ${method} ${url}`);
    const checked = checkCompletions(JSON.parse(text));
    if ('problem' in checked) return errorAnswer(400, checked.problem);
    if (options.withoutTools === true && checked.request.tools)
      return errorAnswer(400, 'local-1 does not support tools');
    requests.push(checked.request);
    return answers.shift() ?? answerer(checked.request);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await sendAnswer(response, answerTo(request, await readBody(request)));
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  const port = await portOf(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (...more) => void answers.push(...more),
    answerWith: (next) => void (answerer = next),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
