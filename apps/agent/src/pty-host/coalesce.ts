/**
 * createCoalescer sends the first piece at once, so that a key's echo never waits, and joins those that follow in the
 * same turn of the event loop: the kernel hands out a flood in pieces of 4 KiB.
 */
export function createCoalescer(send: (bytes: Buffer) => void) {
  let waiting: Buffer[] = [];
  let isTurnOpen = false;

  function endTurn(): void {
    isTurnOpen = false;
    flush();
  }

  function flush(): void {
    if (waiting.length === 0) return;
    const joined = Buffer.concat(waiting);
    waiting = [];
    openTurn();
    send(joined);
  }

  function openTurn(): void {
    if (isTurnOpen) return;
    isTurnOpen = true;
    setImmediate(endTurn);
  }

  return {
    /** Keeps the bytes as they are now. */
    push(bytes: Uint8Array): void {
      if (isTurnOpen) return void waiting.push(Buffer.from(bytes));
      openTurn();
      send(Buffer.from(bytes));
    },
    flush,
  };
}
