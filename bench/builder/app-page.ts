import { request } from 'node:http';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Subject } from '../harness/subject.ts';

export interface AppAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

export interface AppPage {
  get(path?: string): Promise<AppAnswer>;
  post(path: string, fields: Readonly<Record<string, string>>): Promise<AppAnswer>;
}

/** appPage asks the project's app through its preview, signed in as a program. */
export function appPage({ product, token }: Subject, project: Project): AppPage {
  const { port } = new URL(product.origin);
  const { host } = new URL(project.previewUrl);

  function ask(method: string, path: string, body?: string): Promise<AppAnswer> {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { host, authorization: `Bearer ${token}`, ...(body !== undefined && form) };
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
        );
      });
      asked.once('error', reject).end(body);
    });
  }

  return {
    get: (path = '/') => ask('GET', path),
    post: (path, fields) => ask('POST', path, new URLSearchParams(fields).toString()),
  };
}
