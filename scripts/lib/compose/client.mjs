import { request } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** createClient is a browser that knows one site and one authority: requests go to a port of this machine under the site's name. */
export function createClient({ host, port, authority, token }) {
  let cookie;
  return async function call(method, path, content) {
    const { body, type } = bodyOf(content);
    const headers = {
      host,
      origin: `https://${host}`,
      ...(cookie && { cookie }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': type }),
    };
    const target = { host: '127.0.0.1', port, servername: host, ca: authority };
    const sent = request({ ...target, method, path, headers, agent: false });
    const answered = once(sent, 'response');
    sent.end(body);
    const [response] = await answered;
    const set = response.headers['set-cookie'];
    if (set) cookie = set.map((value) => value.split(';')[0]).join('; ');
    const { location } = response.headers;
    return { status: response.statusCode, location, body: await text(response) };
  };
}

/** Forms are sent as such, everything else as JSON. */
function bodyOf(content) {
  if (content instanceof URLSearchParams)
    return { body: String(content), type: 'application/x-www-form-urlencoded' };
  return { body: content && JSON.stringify(content), type: 'application/json' };
}
