import { connect, type Socket } from 'node:net';
import type { KeyObject } from 'node:crypto';
import { certificateBlob, signature } from '@spt-flow/ssh/certificate';
import { sshString, uint32, WireReader } from '@spt-flow/ssh/wire';

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const MAX_MESSAGE_BYTES = 256 * 1024;
const REFUSAL = Buffer.from([FAILURE]);

/** KeyAgent is the key of one connection, which is nowhere but in this process. */
export interface KeyAgent {
  readonly key: KeyObject;
  /** A line of a file. */
  readonly certificate: string;
  /** Socket of the person's own agent: once our key has opened the connection, so that `ssh -A` forwards its keys. */
  readonly upstream: string | undefined;
}

/** upstreamOf is the person's own agent, unless it is this one. */
export function upstreamOf(
  env: Readonly<Record<string, string | undefined>>,
  own: string,
): string | undefined {
  const usual = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined;
  const path = env['SSH_AUTH_SOCK'] || usual;
  return path === own ? undefined : path;
}

/**
 * createKeyAgent speaks the protocol of ssh-agent (draft-ietf-sshm-ssh-agent) on connections. A server that will not have
 * our key is shown no other one: whose keys they are is not its business.
 */
export function createKeyAgent(agent: KeyAgent): (socket: Socket) => void {
  const use = { hasSigned: false };
  return (socket) => {
    const upstream = createUpstream(agent.upstream);
    socket.on('error', () => undefined);
    socket.once('close', () => upstream.close());
    answerAll(socket, { agent, use, upstream }).catch(() => socket.destroy());
  };
}

interface Conversation {
  readonly agent: KeyAgent;
  readonly use: { hasSigned: boolean };
  readonly upstream: Upstream;
}

interface Upstream {
  ask(message: Buffer): Promise<Buffer>;
  close(): void;
}

async function answerAll(socket: Socket, { agent, use, upstream }: Conversation): Promise<void> {
  const own = certificateBlob(agent.certificate);
  const askOthers = async (message: Buffer) => (use.hasSigned ? upstream.ask(message) : REFUSAL);
  for await (const message of messagesOf(socket)) {
    const type = message[0];
    if (type === REQUEST_IDENTITIES) {
      socket.write(sshString(withIdentity(await askOthers(message), own)));
    } else if (type === SIGN_REQUEST && isFor(message, own)) {
      use.hasSigned = true;
      socket.write(sshString(sign(message, agent.key)));
    } else {
      socket.write(sshString(await askOthers(message)));
    }
  }
}

/** Our identity comes first, because servers count attempts. */
function withIdentity(answer: Buffer, own: Buffer): Buffer {
  const known = answer[0] === IDENTITIES_ANSWER ? answer.subarray(1) : uint32(0);
  return Buffer.concat([
    Buffer.from([IDENTITIES_ANSWER]),
    uint32(known.readUInt32BE() + 1),
    sshString(own),
    sshString('spt-flow'),
    known.subarray(4),
  ]);
}

function isFor(message: Buffer, own: Buffer): boolean {
  return new WireReader(message.subarray(1)).string().equals(own);
}

function sign(message: Buffer, key: KeyObject): Buffer {
  const reader = new WireReader(message.subarray(1));
  reader.string();
  return Buffer.concat([Buffer.from([SIGN_RESPONSE]), sshString(signature(key, reader.string()))]);
}

/** One connection for one: agents remember what it was told about the session. */
function createUpstream(path: string | undefined): Upstream {
  let socket: Socket | undefined;
  let messages: AsyncGenerator<Buffer> | undefined;
  return {
    async ask(message) {
      if (path === undefined) return REFUSAL;
      try {
        socket ??= connect(path).on('error', () => undefined);
        messages ??= messagesOf(socket);
        socket.write(sshString(message));
        const answer = await messages.next();
        return answer.done ? REFUSAL : answer.value;
      } catch {
        // Without an agent of their own people still have ours.
        return REFUSAL;
      }
    },
    close: () => void socket?.destroy(),
  };
}

async function* messagesOf(socket: Socket): AsyncGenerator<Buffer> {
  let waiting = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = socket;
  for await (const chunk of chunks) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4) {
      const end = 4 + waiting.readUInt32BE();
      if (end > MAX_MESSAGE_BYTES) throw new RangeError('The message is too long');
      if (waiting.length < end) break;
      yield waiting.subarray(4, end);
      waiting = waiting.subarray(end);
    }
  }
}
