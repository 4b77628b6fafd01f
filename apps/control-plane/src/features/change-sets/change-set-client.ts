import {
  ChangeSetProgressSchema,
  SignedReceiptSchema,
  type ChangeSetProgress,
  type ChangeSetRequest,
  type SignedReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { parseBoundedJson } from '../../lib/bounded-json.ts';
import {
  resetAfter,
  toAppError,
  type AgentAnswer,
  type AgentConnections,
} from '../agents/index.ts';

/** The agent reads, checks and stages all edits before it answers. */
const ANSWER_TIMEOUT_MS = 60_000;
const MAX_LINE_CHARACTERS = 64 * 1024;
/** Beyond what building and asking the app may take: to write, to undo, on a machine that is busy. */
const GRACE_MS = 300_000;
/** An honest agent tells two for each phase. */
const MAX_PROGRESS_LINES = 200;

export interface SendOptions {
  readonly workspaceId: string;
  readonly correlationId: string;
  readonly onProgress?: ((progress: ChangeSetProgress) => void) | undefined;
}

/** Begun means that the agent took it: it runs to its end there, whether anybody listens or not. */
export interface BegunChangeSet {
  /** Rejects when the connection broke, or took far too long, so that nobody here can say how it ended. */
  readonly receipt: Promise<SignedReceipt>;
}

/** beginChangeSet hands the request to the agent; AppError when the agent did not take it. */
export async function beginChangeSet(
  connections: Pick<AgentConnections, 'request'>,
  request: ChangeSetRequest,
  options: SendOptions,
): Promise<BegunChangeSet> {
  const { stream } = await connections.request(
    options.workspaceId,
    { method: 'change-set.apply', correlationId: options.correlationId },
    { timeoutMs: ANSWER_TIMEOUT_MS, body: Buffer.from(JSON.stringify(request)) },
  );
  const { build, probe } = request;
  const deadline = resetAfter(stream, (build?.timeoutMs ?? 0) + (probe?.timeoutMs ?? 0) + GRACE_MS);
  const receipt = readReceipt(stream, options).finally(() => clearTimeout(deadline));
  receipt.catch(() => undefined); // Whoever awaits it is told.
  return { receipt };
}

/** askForReceipt sends the id once more without edits: the agent answers with the receipt it has, or changes nothing. */
export async function askForReceipt(
  connections: Pick<AgentConnections, 'request'>,
  id: string,
  options: SendOptions,
): Promise<SignedReceipt> {
  const empty: ChangeSetRequest = { id, edits: [], build: null, process: null, probe: null };
  return (await beginChangeSet(connections, empty, options)).receipt;
}

async function readReceipt(
  stream: AgentAnswer['stream'],
  options: SendOptions,
): Promise<SignedReceipt> {
  try {
    let lines = 0;
    for await (const line of linesOf(stream)) {
      lines += 1;
      if (lines > MAX_PROGRESS_LINES) continue;
      const progress = ChangeSetProgressSchema.safeParse(parseBoundedJson(line));
      if (progress.success) options.onProgress?.(progress.data);
    }
    return SignedReceiptSchema.parse(await stream.trailers);
  } catch (error) {
    throw toAppError(error);
  }
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    yield* lines.filter((line) => line !== '');
  }
}
