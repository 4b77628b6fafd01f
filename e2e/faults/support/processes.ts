import { readdir, readFile, readlink } from 'node:fs/promises';
import { until } from './until.ts';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Words that a process of one installation carries: its data directory or the ids of its workspaces. */
export type Marks = readonly string[];

/** findProcesses looks at command line, environment and working directory of every process on this machine but this one. */
export async function findProcesses(marks: Marks): Promise<FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment, directory, state] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
        readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
      ]);
      const isZombie = /\) Z /.test(state);
      const text = [command, environment, directory].join('\0');
      if (pid === process.pid || isZombie || !marks.some((mark) => text.includes(mark))) return [];
      return [{ pid, command: command.replaceAll('\0', ' ').trim() }];
    }),
  );
  return found.flat();
}

/** untilGone waits for processes that end by themselves once their parent is dead. */
export async function untilGone(marks: Marks): Promise<void> {
  let left: FoundProcess[] = [];
  await until(
    'no process is left',
    async () => {
      left = await findProcesses(marks);
      return left.length === 0;
    },
    20_000,
  ).catch(() => {
    throw new Error(
      `Left behind:\n${left.map(({ pid, command }) => `${pid} ${command}`).join('\n')}`,
    );
  });
}
