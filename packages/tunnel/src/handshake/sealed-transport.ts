import { Buffer } from 'node:buffer';
import { MAX_TRAILERS_BYTES } from '../frame-codec.ts';
import { fromBase64url, toBase64url } from './crypto.ts';
import { type MessagePort, parseMessageText } from '../message-port.ts';
import type { SealedChannel } from './sealed-channel.ts';
import { type Transport, TunnelError } from '../types.ts';

/** A record on the wire: `u32be length ‖ sealed bytes`. */
const HEADER_BYTES = 4;
/** The most that a session sends at once: one maximal frame, a batch beside it, and the seal of both. */
const MAX_RECORD_BYTES = MAX_TRAILERS_BYTES + 256 * 1024;

/**
 * sealTransport carries a tunnel's bytes in sealed records; one that does not open ends the connection. `onAllocated` is
 * told of the bytes that Node.js allocates for what is sealed and opened.
 */
export function sealTransport(
  transport: Transport,
  channel: SealedChannel,
  onAllocated: (bytes: number) => void = () => undefined,
): Transport {
  return {
    lendsChunks: false,
    send(parts, sent) {
      const record = toRecord(channel.seal(parts));
      onAllocated(bytesOf(record));
      return transport.send(record, sent);
    },
    onBytes(handler) {
      const reader = new RecordReader((record) => {
        onAllocated(record.length);
        handler(channel.open(record));
      });
      transport.onBytes((chunk) => {
        try {
          reader.feed(chunk);
        } catch (error) {
          if (!(error instanceof TunnelError)) throw error;
          transport.close(error.code);
        }
      });
    },
    onDrain: (handler) => transport.onDrain(handler),
    onClose: (handler) => transport.onClose(handler),
    close: (reason) => transport.close(reason),
  };
}

function toRecord(sealed: readonly Uint8Array[]): Uint8Array[] {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(bytesOf(sealed));
  return [header, ...sealed];
}

function bytesOf(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}

/** RecordReader finds records in chunks that are cut anywhere; a record is valid during the call. */
class RecordReader {
  readonly #visit: (record: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #filled = 0;
  /** Undefined until the header is whole. */
  #recordBytes: number | undefined;
  /** Room for a record that arrives in more than one piece. */
  #record: Buffer | undefined;

  constructor(visit: (record: Uint8Array) => void) {
    this.#visit = visit;
  }

  feed(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      const wanted = (this.#recordBytes ?? HEADER_BYTES) - this.#filled;
      const part = chunk.subarray(offset, offset + wanted);
      offset += part.length;
      if (this.#recordBytes === undefined) this.#takeHeader(part);
      else this.#takeRecord(part, this.#recordBytes);
    }
  }

  #takeHeader(part: Uint8Array): void {
    this.#header.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < HEADER_BYTES) return;
    const recordBytes = this.#header.readUInt32BE(0);
    if (recordBytes === 0 || recordBytes > MAX_RECORD_BYTES) {
      throw new TunnelError('tampered', 'A message has a length that is never sent');
    }
    this.#recordBytes = recordBytes;
    this.#filled = 0;
  }

  #takeRecord(part: Uint8Array, recordBytes: number): void {
    if (part.length < recordBytes) {
      this.#record ??= Buffer.allocUnsafeSlow(recordBytes);
      this.#record.set(part, this.#filled);
    }
    this.#filled += part.length;
    if (this.#filled < recordBytes) return;
    const record = this.#record ?? part;
    this.#record = undefined;
    this.#recordBytes = undefined;
    this.#filled = 0;
    this.#visit(record);
  }
}

/** sealPort carries the rest of a handshake sealed. */
export function sealPort(port: MessagePort, channel: SealedChannel): MessagePort {
  return {
    send(message) {
      const sealed = Buffer.concat(channel.seal([Buffer.from(JSON.stringify(message))]));
      port.send({ sealed: toBase64url(sealed) });
    },
    async next(timeoutMs) {
      const opened = channel.open(fromBase64url(sealedOf(await port.next(timeoutMs))));
      return parseMessageText(opened.toString());
    },
  };
}

function sealedOf(value: unknown): string {
  const isSealed = typeof value === 'object' && value !== null && 'sealed' in value;
  if (isSealed && typeof value.sealed === 'string') return value.sealed;
  throw new TunnelError('protocol_error', 'Message is not sealed');
}
