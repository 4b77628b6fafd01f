import { Duplex, PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { createBandwidth } from '../../../control-plane/src/features/agent-updates/bandwidth.ts';
import { createReleaseFolder } from '../../../control-plane/src/features/agent-updates/release-folder.ts';
import {
  serveRelease,
  type UpdateResult,
} from '../../../control-plane/src/features/agent-updates/serve-release.ts';

const bandwidth = createBandwidth({ bytesPerSecond: 1e9, monotonicMs: () => performance.now() });

/** The control plane's own way to give a release, from a folder, over whatever stream. */
export function giveRelease(stream: Duplex, folder: string): Promise<UpdateResult> {
  return serveRelease(stream, { folder: createReleaseFolder(folder), bandwidth });
}

/** Two ends of a connection without a network. */
export function createStreams(): { near: { input: Readable; output: Writable }; far: Duplex } {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const far = Duplex.from({ readable: up, writable: down });
  return { near: { input: down, output: up }, far };
}
