import type { ModelApi, ModelRequest } from '@spt-flow/shared/agent-protocol/models';

/** `answer` is metered; `count` counts tokens and costs nothing; `list` and `describe` are about models. */
export interface AskedFor {
  readonly api: ModelApi;
  readonly kind: 'answer' | 'count' | 'list' | 'describe';
}

/** askedFor knows the requests that are passed on; undefined: this is none of them. */
export function askedFor({ httpMethod, path, headers }: ModelRequest): AskedFor | undefined {
  const [plain = ''] = path.split('?');
  switch (`${httpMethod} ${plain}`) {
    case 'POST /v1/messages':
      return { api: 'anthropic', kind: 'answer' };
    case 'POST /v1/messages/count_tokens':
      return { api: 'anthropic', kind: 'count' };
    case 'POST /v1/chat/completions':
      return { api: 'openai', kind: 'answer' };
  }
  if (httpMethod !== 'GET' || !/^\/v1\/models(?:\/\w[\w.:-]*)?$/.test(plain)) return undefined;
  return { api: apiOf(headers), kind: plain === '/v1/models' ? 'list' : 'describe' };
}

/** Both APIs have the path of models; only clients of Claude tell a version. */
export function apiOf(headers: ModelRequest['headers']): ModelApi {
  return headers['anthropic-version'] === undefined ? 'openai' : 'anthropic';
}
