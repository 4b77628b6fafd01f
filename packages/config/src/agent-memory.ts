import { createHash } from 'node:crypto';

/** An agent, by the account it runs as and where it keeps its state. */
interface Keeper {
  readonly stateDirectory: string;
  readonly userId: number;
  /** `XDG_RUNTIME_DIR`. */
  readonly runtimeDirectory?: string | undefined;
}

/**
 * memoryDirectories are where an agent may keep what must not be on a disk, best first. Whoever ends an agent without
 * asking it finds there what it left.
 */
export function memoryDirectories({ stateDirectory, userId, runtimeDirectory }: Keeper): string[] {
  const hash = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  const parents = [runtimeDirectory, `/run/user/${userId}`, '/run', '/dev/shm'];
  return parents
    .filter((parent) => parent !== undefined)
    .map((parent) => `${parent}/spt-flow-memory-${userId}-${hash}`);
}
