import type Docker from 'dockerode';

export interface PulledLayer {
  readonly id: string;
  /** As it travels. */
  readonly bytes: number;
  /** Since the pull began. */
  readonly arrivedSeconds: number;
  readonly unpackedSeconds: number;
}

interface Progress {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly total?: number };
}

/** push publishes an image under another name, with the tag 1. */
export async function push(engine: Docker, image: string, name: string): Promise<void> {
  await engine.getImage(image).tag({ repo: name, tag: '1' });
  const stream = await engine.getImage(`${name}:1`).push({ authconfig: {} });
  await follow(engine, stream, () => undefined);
  await engine.getImage(`${name}:1`).remove();
}

/** pull fetches an image, and tells when each layer had arrived and when it was unpacked. */
export async function pull(engine: Docker, name: string): Promise<PulledLayer[]> {
  const startedMs = performance.now();
  const layers = new Map<string, PulledLayer>();
  const stream: NodeJS.ReadableStream = await engine.pull(name);
  await follow(engine, stream, ({ id, status, progressDetail }) => {
    if (!id || !status) return;
    const seconds = (performance.now() - startedMs) / 1_000;
    const known = layers.get(id) ?? { id, bytes: 0, arrivedSeconds: 0, unpackedSeconds: 0 };
    if (status === 'Downloading' && progressDetail?.total)
      layers.set(id, { ...known, bytes: progressDetail.total });
    if (status === 'Download complete') layers.set(id, { ...known, arrivedSeconds: seconds });
    if (status === 'Pull complete') layers.set(id, { ...known, unpackedSeconds: seconds });
  });
  return [...layers.values()];
}

async function follow(
  engine: Docker,
  stream: NodeJS.ReadableStream,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const finish = (error: Error | null) => (error ? reject(error) : resolve());
    engine.modem.followProgress(stream, finish, (progress: Progress) => {
      if (progress.error) reject(new Error(progress.error));
      onProgress(progress);
    });
  });
}
