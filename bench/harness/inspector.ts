import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';

const TargetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string() }));
const AnswerSchema = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const EvaluationSchema = z.object({ result: z.object({ value: z.unknown() }) });

/** Inspector asks a running Node process about itself; the process has no code for it. */
export interface Inspector {
  /** Until nothing more is given back. */
  collectGarbage(): Promise<void>;
  /** From now on; the worst wait of the event loop so far is then `worstStallMs`. */
  watchStalls(): Promise<void>;
  worstStallMs(): Promise<number>;
  close(): void;
}

const STALL_RESOLUTION_MS = 5;

/** inspectorOptions is the environment of a process that lets itself be inspected at this port. */
export function inspectorOptions(port: number): Record<string, string> {
  return { NODE_OPTIONS: `--inspect=127.0.0.1:${port} --inspect-publish-uid=http` };
}

/** inspect attaches to the process whose inspector listens at this port. */
export async function inspect(port: number): Promise<Inspector> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = TargetsSchema.parse(await response.json());
  if (!target) throw new Error(`Nothing can be inspected at port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl, { perMessageDeflate: false });
  await once(socket, 'open');
  const call = createCaller(socket);

  async function evaluate(expression: string): Promise<unknown> {
    const answer = await call('Runtime.evaluate', { expression, returnByValue: true });
    return EvaluationSchema.parse(answer).result.value;
  }

  return {
    async collectGarbage() {
      for (let round = 0; round < 3; round++) await call('HeapProfiler.collectGarbage');
    },
    async watchStalls() {
      await evaluate(`globalThis.stalls = process.getBuiltinModule('node:perf_hooks')
        .monitorEventLoopDelay({ resolution: ${STALL_RESOLUTION_MS} }); stalls.enable()`);
    },
    async worstStallMs() {
      const longestMs = z.number().parse(await evaluate('stalls.max / 1e6'));
      return Math.max(0, longestMs - STALL_RESOLUTION_MS);
    },
    close: () => socket.close(),
  };
}

function createCaller(socket: WebSocket) {
  let lastId = 0;
  return async (method: string, params: Record<string, unknown> = {}): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = z
        .tuple([z.instanceof(Buffer)], z.unknown())
        .parse(await once(socket, 'message'));
      const answer = AnswerSchema.safeParse(JSON.parse(data.toString()));
      if (!answer.success || answer.data.id !== id) continue;
      if (answer.data.error) throw new Error(`${method}: ${answer.data.error.message}`);
      return answer.data.result;
    }
  };
}
