import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { MAX_CA_LENGTH } from '@spt-flow/shared/agent-protocol/requests';
import { JOINED_SOCKET, joinSocket } from '@spt-flow/tunnel/join-socket';
import { AgentError, messageOf } from '../system/errors.ts';
import type { Handlers } from './handler.ts';

export interface EngineHandlerDeps {
  /** Whoever runs the machine named it here; undefined: the control plane may run no containers on it. */
  readonly engineSocket: string | undefined;
  readonly caFile: string | undefined;
}

/** createEngineHandlers make the machine a host of workspaces, where whoever runs it agreed on the machine itself. */
export function createEngineHandlers({
  engineSocket,
  caFile,
}: EngineHandlerDeps): Pick<Handlers, 'engine' | 'engine.host'> {
  function agreed(): string {
    if (engineSocket !== undefined) return engineSocket;
    throw new AgentError(
      'refused',
      'Who runs the machine has not agreed to host containers: on it, run "sudo spt-flow-agent install --host-containers /var/run/docker.sock"',
    );
  }

  return {
    async engine({ stream, accept }) {
      const socket = await reach(agreed());
      if (stream.destroyed) {
        socket.destroy();
        return;
      }
      accept();
      joinSocket(stream, socket);
    },

    async 'engine.host'({ stream, accept }) {
      agreed();
      accept({ ca: caFile === undefined ? null : await readCa(caFile) });
      stream.end();
      stream.resume();
    },
  };
}

async function readCa(file: string): Promise<string> {
  const ca = await readFile(file, 'utf8');
  if (ca.length <= MAX_CA_LENGTH) return ca;
  throw new AgentError('too_large', `The authorities in ${file} are too many to hand on`);
}

async function reach(path: string): Promise<Socket> {
  const socket = connect({ ...JOINED_SOCKET, path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new AgentError('unavailable', `Nothing answers at ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
