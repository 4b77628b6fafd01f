import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/** ConnectToEngine makes one connection to the engine of another machine. */
export type ConnectToEngine = () => Promise<Duplex>;

/** How many bytes may still come over a connection. */
export interface Budget {
  readonly bytes: number;
  readonly onExceeded: () => void;
}

/** createEngineAgent makes the connection of one call, and ends it when more comes than it may. */
export function createEngineAgent(connect: ConnectToEngine, budget: Budget): Agent {
  return new EngineAgent(connect, budget);
}

class EngineAgent extends Agent {
  readonly #connect: ConnectToEngine;
  readonly #budget: Budget;

  constructor(connect: ConnectToEngine, budget: Budget) {
    super();
    this.#connect = connect;
    this.#budget = budget;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback: (error: Error | null, stream?: Duplex) => void,
  ): undefined {
    this.#connect().then(
      (stream) => callback(null, bounded(stream, this.#budget)),
      (error: unknown) => callback(unreachable(error)),
    );
  }
}

/** Counted where it comes in: who reads it collects it. */
function bounded(stream: Duplex, budget: Budget): Duplex {
  let bytes = 0;
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding) => {
    bytes += chunk instanceof Uint8Array ? chunk.length : 0;
    if (bytes <= budget.bytes) return push(chunk, encoding);
    budget.onExceeded();
    stream.destroy();
    return false;
  };
  return stream;
}

/** As of an engine that nobody can connect to. */
function unreachable(error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(words, { cause: error }), { code: words });
}
