import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline, type Duplex } from 'node:stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { answerHeaders, forwardedHeaders } from './preview-headers.ts';
import { problemStatus, sendPreviewPage, type PreviewProblem } from './preview-page.ts';
import { OneConnectionAgent, type TunnelHttpAgent } from './tunnel-http-agent.ts';

/** proxyRequest streams one request to the app and its answer back. */
export function proxyRequest(
  request: IncomingMessage,
  response: ServerResponse,
  agent: TunnelHttpAgent,
): void {
  const upstream = openRequest(request, agent);
  if (upstream === undefined) return sendPreviewPage(request, response, 'broken');
  let answered = false;
  upstream.on('response', (answer) => {
    answered = true;
    relayAnswer(request, answer, response);
  });
  upstream.on('error', (error) => {
    if (answered || response.destroyed) return;
    if (mayRepeat(upstream.reusedSocket, request)) return proxyRequest(request, response, agent);
    sendPreviewPage(request, response, problemOf(error));
  });
  response.on('close', () => upstream.destroy());
  if (hasBody(request)) pipeline(request, upstream, () => undefined);
  else upstream.end();
}

/** proxyUpgrade connects a WebSocket to the app. The app has to agree first: until then the bytes stay HTTP. */
export function proxyUpgrade(
  upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
  connect: () => Promise<Duplex>,
): void {
  const { request, socket, head } = upgrade;
  const upstream = openRequest(request, new OneConnectionAgent(connect), [
    'Connection',
    'Upgrade',
    'Upgrade',
    request.headers.upgrade ?? 'websocket',
  ]);
  if (upstream === undefined) return refuse(socket, 'broken');
  upstream.on('upgrade', (answer, appSocket, appHead) => {
    const headers = ['Connection', 'Upgrade', 'Upgrade', answer.headers.upgrade ?? ''];
    socket.write(statusLine(answer, [...answerHeaders(answer), ...headers]));
    socket.write(appHead);
    appSocket.write(head);
    pipeline(socket, appSocket, socket, () => undefined);
  });
  upstream.on('response', (answer) => {
    socket.write(statusLine(answer, [...answerHeaders(answer), 'Connection', 'close']));
    pipeline(answer, socket, () => undefined);
  });
  upstream.on('error', (error) => refuse(socket, problemOf(error)));
  socket.on('close', () => upstream.destroy());
  upstream.end();
}

/** Undefined when what the browser asked for can't be said in HTTP/1.1. */
function openRequest(
  request: IncomingMessage,
  agent: TunnelHttpAgent | OneConnectionAgent,
  upgradeHeaders: readonly string[] = [],
) {
  const framing =
    request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked'];
  try {
    return httpRequest({
      agent,
      method: request.method,
      path: originForm(request.url ?? '/'),
      headers: [...forwardedHeaders(request), ...framing, ...upgradeHeaders],
      setHost: false,
    });
  } catch {
    // Node refuses paths and header values that would not survive on the wire.
    return undefined;
  }
}

function relayAnswer(
  request: IncomingMessage,
  answer: IncomingMessage,
  response: ServerResponse,
): void {
  try {
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
  } catch {
    // The app's header is one that Node reads but does not write.
    answer.destroy();
    sendPreviewPage(request, response, 'broken');
    return;
  }
  pipeline(answer, response, () => undefined);
}

/** A pooled connection may have died in the app's hands before it saw the request; such a request is asked again. */
function mayRepeat(reused: boolean, request: IncomingMessage): boolean {
  return reused && !hasBody(request) && (request.method === 'GET' || request.method === 'HEAD');
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  );
}

/** Proxies may be asked by absolute URL; apps expect a path. */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]*/i, '') || '/';
}

function problemOf(error: Error): PreviewProblem {
  if (error instanceof AppError) return error.code === 'agent_offline' ? 'offline' : 'down';
  return 'broken';
}

function statusLine(answer: IncomingMessage, headers: readonly string[]): string {
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}`] : [],
  );
  return [
    `HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`,
    ...lines,
    '',
    '',
  ].join('\r\n');
}

function refuse(socket: Duplex, problem: PreviewProblem): void {
  if (!socket.writable) return;
  socket.end(
    `HTTP/1.1 ${problemStatus(problem)} Preview Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
