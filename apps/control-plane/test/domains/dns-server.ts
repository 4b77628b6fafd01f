import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer } from 'dns-packet';

export interface DnsServer {
  /** As the setting takes it. */
  readonly address: string;
  /** What the server knows, by lower-case name; change it as an owner of a domain does. */
  readonly records: Map<string, Answer[]>;
  /** From now on it says nothing, or that it can't say. */
  silence(how: 'refuses' | 'none'): void;
  close(): void;
}

const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

/** startDnsServer answers for its records over UDP, and follows aliases as resolvers do. */
export async function startDnsServer(): Promise<DnsServer> {
  const records = new Map<string, Answer[]>();
  let isRefusing = false;
  const socket = createSocket('udp4');

  function answersTo(name: string, type: string): Answer[] {
    const own = records.get(name.toLowerCase()) ?? [];
    const aliases = own.flatMap((record) => (record.type === 'CNAME' ? [record] : []));
    if (type === 'CNAME') return aliases;
    return [
      ...aliases,
      ...aliases.flatMap(({ data }) => answersTo(data, type)),
      ...own.filter((record) => record.type === type),
    ];
  }

  socket.on('message', (message, { port, address }) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (!question) return;
    const answers = answersTo(question.name, question.type);
    const isKnown = records.has(question.name.toLowerCase());
    const code = isRefusing ? SERVER_FAILURE : isKnown ? 0 : NO_SUCH_NAME;
    const reply = encode({
      ...{ type: 'response', id: query.id, flags: (1 << 8) | (1 << 7) | code },
      ...{ questions: [question], answers: isRefusing ? [] : answers },
    });
    socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    silence: (how) => void (isRefusing = how === 'refuses'),
    close: () => void socket.close(),
  };
}
