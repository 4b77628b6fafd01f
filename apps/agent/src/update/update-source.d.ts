import type { Readable, Writable } from 'node:stream';
import { type UpdateLine, type UpdatePart } from '@spt-flow/shared/agent-protocol/updates';
import type { MetadataSource } from '@spt-flow/releases/verify-releases';
export interface Part extends UpdatePart {
  /** As it arrives; must be read to its end before the next question. */
  readonly bytes: AsyncIterable<Buffer>;
}
/** UpdateSource asks the control plane for files, one part at a time; nothing that comes of it is trusted. */
export interface UpdateSource extends MetadataSource {
  ask(
    name: string,
    range: {
      offset: number;
      maxBytes: number;
    },
  ): Promise<Part>;
  say(line: UpdateLine): Promise<void>;
}
export declare function createUpdateSource(input: Readable, output: Writable): UpdateSource;
