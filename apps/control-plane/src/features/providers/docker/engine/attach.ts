import { Duplex } from 'node:stream';
import type Docker from 'dockerode';

/**
 * attach connects to the standard streams of a container. Its request is empty, which the client's own is not: Podman
 * takes what it reads of a request for what is written to the container.
 */
export function attach(api: Docker, { id }: Pick<Docker.Container, 'id'>): Promise<Duplex> {
  const call = {
    ...{ path: `/containers/${id}/attach?`, method: 'POST', isStream: true, hijack: true },
    options: { _query: { stream: true, stdin: true, stdout: true, stderr: true } },
    file: Buffer.alloc(0),
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    api.modem.dial(call, (error: Error | null, stream: unknown) => {
      if (stream instanceof Duplex) resolve(stream);
      else reject(error ?? new Error('The engine did not hand over the streams of the container'));
    });
  });
}
