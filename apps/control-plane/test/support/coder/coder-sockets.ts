import type { WebSocket } from 'ws';
import * as z from 'zod';
import { buildOf, logsOf } from './coder-routes.ts';
import { isActive, latest, type Build, type CoderWorld } from './coder-world.ts';

const TypedSchema = z.union([
  z.strictObject({ data: z.string() }),
  z.strictObject({ height: z.number(), width: z.number() }),
]);
const PTY_QUERY = ['reconnect', 'width', 'height', 'command', 'backend_type'];

interface Surroundings {
  readonly world: CoderWorld;
  readonly violations: string[];
}

type Serve = (socket: WebSocket) => void;

/** createCoderSockets answers what follows something, and terminals. */
export function createCoderSockets({ world, violations }: Surroundings) {
  return {
    find(path: string, query: URLSearchParams): Serve | undefined {
      const build = buildOf(world, /^workspacebuilds\/([^/]+)\/logs$/.exec(path)?.[1]);
      if (build && query.has('follow'))
        return (socket) => followLogs(world, build, { socket, query });
      const agentId = /^workspaceagents\/([^/]+)\/pty$/.exec(path)?.[1];
      const owner = world.workspaces.find((each) => latest(each)?.agentId === agentId);
      const strange = [...query.keys()].filter((name) => !PTY_QUERY.includes(name));
      if (owner && z.uuid().safeParse(query.get('reconnect')).success && strange.length === 0)
        return (socket) =>
          void serveTerminal(socket, { command: query.get('command') ?? '', owner, violations });
      violations.push(`WS ${path}?${query.toString()}`);
      return undefined;
    },
  };
}

/** Each line is one text message; the server closes when the job has ended. */
function followLogs(
  world: CoderWorld,
  build: Build,
  { socket, query }: { socket: WebSocket; query: URLSearchParams },
): void {
  let sent = Number(query.get('after'));
  const tell = () => {
    for (const line of logsOf(build, sent)) socket.send(JSON.stringify(line));
    sent = Math.max(sent, ...build.logs.map(({ id }) => id));
    if (!isActive(build)) socket.close();
  };
  const stop = world.onChange(tell);
  socket.once('close', stop);
  tell();
}

async function serveTerminal(
  socket: WebSocket,
  {
    command,
    owner,
    violations,
  }: { command: string; owner: CoderWorld['workspaces'][number]; violations: string[] },
): Promise<void> {
  const terminal = await owner.machine.open(command, {
    onOutput: (bytes) => socket.send(bytes),
    onEnd: () => socket.close(),
  });
  socket.once('close', () => terminal.close());
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const typed = TypedSchema.safeParse(isBinary ? JSON.parse(data.toString()) : undefined).data;
    if (!typed) return void violations.push('a message to a terminal is no binary JSON');
    if ('data' in typed) terminal.write(typed.data);
  });
}
