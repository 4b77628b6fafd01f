export interface ImageArchive {
  readonly name: string;
  /** Path of a tar archive. */
  readonly layer: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export function importImages(options: {
  ctr: (...args: string[]) => Promise<string>;
  images: readonly ImageArchive[];
}): Promise<void>;
export function agentLayer(executable: string, archive: string): Promise<void>;
