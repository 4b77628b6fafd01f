import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const ROUNDS = 50;
const ROUND_MS = 100;

/** Marks are environment variables that all processes of a workspace inherit. */
export type Marks = Readonly<Record<string, string>>;

/**
 * killMarked ends every process on this machine that carries all the marks, and those that they start meanwhile;
 * returns how many. It finds processes that left their group or lost their parent. Those that carry all of one of the
 * spared marks live on. Linux only: elsewhere 0.
 */
export async function killMarked(marks: Marks, spared: readonly Marks[] = []): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await findMarked(marks, spared);
    if (found.length === 0) return killed.size;
    for (const pid of found) {
      killed.add(pid);
      signal(pid, 'SIGKILL');
    }
    await delay(ROUND_MS);
  }
  throw new Error(`Processes ${[...killed].join(', ')} can't be ended`);
}

/**
 * freezeMarked stops every process that carries all the marks, and those that they start meanwhile, where they are;
 * what it returns lets them go on.
 */
export async function freezeMarked(marks: Marks): Promise<() => void> {
  const frozen = new Set<number>();
  const thaw = () => frozen.forEach((pid) => signal(pid, 'SIGCONT'));
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = (await findMarked(marks)).filter((pid) => !frozen.has(pid));
    if (running.length === 0) return thaw;
    for (const pid of running) {
      frozen.add(pid);
      signal(pid, 'SIGSTOP');
    }
  }
  thaw();
  throw new Error('New processes appear faster than they can be stopped');
}

export async function findMarked(marks: Marks, spared: readonly Marks[] = []): Promise<number[]> {
  const wanted = variablesOf(marks);
  const unwanted = spared.map(variablesOf);
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const checked = await Promise.all(
    pids.map(async (pid) => (await carries(pid, wanted, unwanted)) && pid !== process.pid),
  );
  return pids.filter((_, index) => checked[index]);
}

/** Processes that ended meanwhile or belong to other users can't be read, and are not ours. */
async function carries(
  pid: number,
  wanted: readonly string[],
  unwanted: readonly (readonly string[])[],
): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  if (environment === '') return false;
  const variables = new Set(environment.split('\0'));
  const hasAll = (marks: readonly string[]) => marks.every((mark) => variables.has(mark));
  return hasAll(wanted) && !unwanted.some(hasAll);
}

function variablesOf(marks: Marks): string[] {
  return Object.entries(marks).map(([name, value]) => `${name}=${value}`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between being found and now.
  }
}
