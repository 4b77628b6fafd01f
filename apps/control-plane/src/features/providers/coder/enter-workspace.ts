import { AppError } from '@spt-flow/shared/domain/errors';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { createLineCutter } from '../../../lib/line-cutter.ts';
import type { WorkspaceReport } from '../provider.ts';
import type { CoderClient, CoderTerminal } from './coder-client.ts';
import { FAILED, STARTED } from './entrance-script.ts';

const READY = 'SPT-FLOW-READY';
/** A terminal takes lines of up to 4,095 characters. */
const LINE_CHARACTERS = 1_000;
const MAX_OUTPUT_CHARACTERS = 500;
const LIMIT_MS = 300_000;

/**
 * It reads the script out of the terminal, whose own words would repeat it otherwise: what is in the URL of a request
 * stands in logs. The shell of a person reads it first: all of them take what is between single quotes as it is. A
 * terminal that can't be kept from repeating it is told nothing.
 */
const COMMAND = `exec /bin/sh -c 'stty -echo || exit; echo ${READY}; s=; while IFS= read -r l && [ "$l" != . ]; do s="$s$l"; done; eval "$(printf %s "$s" | base64 -d)"'`;

export interface EntranceCall {
  readonly script: string;
  readonly report: WorkspaceReport;
  readonly signal: AbortSignal | undefined;
}

/** enterWorkspace runs the script through a terminal of Coder; AppError `coder_entrance_failed` with its last words. */
export async function enterWorkspace(
  client: Pick<CoderClient, 'openTerminal'>,
  agentId: string,
  { script, report, signal }: EntranceCall,
): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const end = new AbortController();
  const ends = AbortSignal.any([end.signal, limit, ...(signal ? [signal] : [])]);
  const { promise: done, resolve, reject } = createDeferred<'started'>();
  const opened: { terminal?: CoderTerminal; hasBegun?: true } = {};
  let lastLine = '';

  function send(): void {
    if (!opened.terminal || opened.hasBegun) return;
    opened.hasBegun = true;
    opened.terminal.write(typed(script));
  }

  const cutter = createLineCutter(MAX_OUTPUT_CHARACTERS, (line) => {
    const text = line.trim();
    if (text === READY) return void setImmediate(send);
    if (text.startsWith(STARTED)) return resolve('started');
    if (text.startsWith(FAILED)) return reject(failed(text.slice(FAILED.length).trim()));
    if (text === '') return;
    lastLine = text;
    report.log('info', text);
  });
  try {
    const terminal = await client.openTerminal(agentId, {
      ...{ command: COMMAND, signal: ends },
      onOutput: (bytes) => cutter.write(bytes.toString()),
    });
    opened.terminal = terminal;
    const closed = terminal.closed.then(() => {
      throw failed(lastLine === '' ? 'the terminal of Coder ended without a word' : lastLine);
    });
    await Promise.race([done, closed]);
    terminal.close();
  } catch (error) {
    signal?.throwIfAborted();
    throw limit.aborted ? failed('it took more than five minutes') : error;
  } finally {
    end.abort();
  }
}

function typed(script: string): string {
  const text = Buffer.from(script).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return [...lines, '.', ''].join('\n');
}

function failed(words: string): AppError {
  return new AppError(
    'coder_entrance_failed',
    `The agent of spt-flow could not be started in the Coder workspace: ${words}`,
  );
}
