import pg from 'pg';

const RETRY_MS = 500;

export interface SubscribeOptions {
  readonly connect: () => pg.Client;
  readonly channel: string;
  readonly onNotify: (payload: string) => void;
  /** What was said while the connection was lost was not heard. */
  readonly onResume: () => void;
}

/** subscribe hears a channel on a connection of its own, and on the next one when that is lost, until it is ended. */
export async function subscribe(options: SubscribeOptions): Promise<() => Promise<void>> {
  let client = await hear(options, retryLater);
  let retry: NodeJS.Timeout | undefined;
  let ended = false;

  function retryLater(): void {
    if (!ended) retry = setTimeout(() => void resume(), RETRY_MS);
  }

  async function resume(): Promise<void> {
    try {
      client = await hear(options, retryLater);
    } catch {
      return retryLater();
    }
    if (ended) await client.end();
    else options.onResume();
  }

  return async () => {
    ended = true;
    clearTimeout(retry);
    await client.end();
  };
}

async function hear(options: SubscribeOptions, onLost: () => void): Promise<pg.Client> {
  const client = options.connect();
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => options.onNotify(payload ?? ''));
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(options.channel)}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  client.once('end', onLost);
  return client;
}
