import type { Duplex } from 'node:stream';
import { AnswerError, type ResponseHead } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

/** Exchange is told what comes of a request. */
export interface Exchange {
  onHead(head: ResponseHead): void;
  /** False: the connection waits until `resume`. */
  onData(data: Buffer): boolean;
  /** `last`: the rest of the body, when the end was known together with it. */
  onEnd(last?: Buffer): void;
  /** All that has arrived was told. */
  onQuiet?(): void;
  /** The connection takes more of the request's body. */
  onDrain?(): void;
  /** The app switched protocols: the stream is the exchange's own now, and `rest` is the first of its bytes. */
  onSwitch?(stream: Duplex, rest: Buffer): void;
  /** Instead of `onEnd`; the connection is gone. */
  onError(error: Error): void;
}

export interface AppRequest {
  /** Request line and headers, up to and including the empty line. */
  readonly head: string;
  readonly isHead: boolean;
  readonly hasBody: boolean;
}

/**
 * AppConnection carries requests to an app, one after the other, over a stream that is no socket.
 * INVARIANT: each exchange hears of exactly one of `onEnd`, `onSwitch` and `onError`.
 */
export class AppConnection {
  readonly #stream: Duplex;
  readonly #reader = new ResponseReader();
  readonly #onIdle: (connection: AppConnection) => void;
  #exchange: Exchange | undefined;
  #isSent = true;

  constructor(stream: Duplex, onIdle: (connection: AppConnection) => void) {
    this.#stream = stream;
    this.#onIdle = onIdle;
    stream.on('data', this.#receive);
    stream.on('drain', this.#drain);
    stream.on('end', this.#receiveEnd);
    stream.on('error', this.#fail);
    stream.on('close', this.#closed);
  }

  get isUsable(): boolean {
    return !this.#stream.destroyed && this.#reader.isReusable;
  }

  ask({ head, isHead, hasBody }: AppRequest, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#isSent = !hasBody;
    this.#reader.expect(
      {
        onHead: (answer) => exchange.onHead(answer),
        onData: (data) => {
          if (!exchange.onData(data)) this.#stream.pause();
        },
        onEnd: (last) => this.#answered(last),
      },
      isHead,
    );
    this.#stream.write(Buffer.from(head, 'latin1'));
  }

  /** False: wait for `onDrain`. */
  write(data: Buffer | string): boolean {
    return this.#stream.destroyed || this.#stream.write(data);
  }

  /** The request's body is complete. */
  finish(): void {
    this.#isSent = true;
    if (!this.#exchange) this.#release();
  }

  resume(): void {
    this.#stream.resume();
  }

  destroy(): void {
    this.#exchange = undefined;
    this.#stream.destroy();
  }

  /** An app that answers before it has read everything is not waited for. */
  #answered(last: Buffer | undefined): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stream.resume();
    this.#release();
    exchange?.onEnd(last);
  }

  #release(): void {
    if (this.#isSent && this.isUsable) this.#onIdle(this);
    else this.#stream.destroy();
  }

  readonly #receive = (bytes: Buffer): void => {
    try {
      const rest = this.#reader.feed(bytes);
      if (rest) return this.#switch(rest);
      this.#exchange?.onQuiet?.();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new AnswerError(String(error)));
    }
    // Bytes that nobody asked for.
    if (!this.#exchange && !this.isUsable) this.#stream.destroy();
  };

  readonly #receiveEnd = (): void => {
    try {
      this.#reader.end();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new AnswerError(String(error)));
    }
    this.#stream.destroy();
  };

  readonly #drain = (): void => this.#exchange?.onDrain?.();

  readonly #closed = (): void => this.#fail(new AnswerError('The connection was lost'));

  readonly #fail = (error: Error): void => {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stream.destroy();
    exchange?.onError(error);
  };

  #switch(rest: Buffer): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stream.off('data', this.#receive).off('drain', this.#drain).off('end', this.#receiveEnd);
    this.#stream.off('close', this.#closed);
    if (exchange?.onSwitch) exchange.onSwitch(this.#stream, rest);
    else {
      this.#stream.destroy();
      exchange?.onError(new AnswerError('The app switched protocols unasked'));
    }
  }
}
