import { request } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** createClient is a browser that knows one site and one authority: requests go to a port of this machine under the site's name. */
export function createClient({ host, port, authority }) {
  let cookie;
  return async function call(method, path, content) {
    const body = content === undefined ? undefined : JSON.stringify(content);
    const headers = {
      host,
      origin: `https://${host}`,
      ...(cookie && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const target = { host: '127.0.0.1', port, servername: host, ca: authority };
    const sent = request({ ...target, method, path, headers, agent: false });
    const answered = once(sent, 'response');
    sent.end(body);
    const [response] = await answered;
    const set = response.headers['set-cookie'];
    if (set) cookie = set.map((value) => value.split(';')[0]).join('; ');
    return { status: response.statusCode, body: await text(response) };
  };
}
