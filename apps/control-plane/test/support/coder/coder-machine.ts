import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MARK = 'SPT_FLOW_TEST_CODER_MACHINE';

/** A process that runs behind a real terminal. */
export interface Terminal {
  write(bytes: string): void;
  close(): void;
}

/** CoderMachine is what the template of a Coder workspace makes: processes of this machine, and a home that is kept. */
export interface CoderMachine {
  readonly home: string;
  open(
    command: string,
    listeners: { onOutput(bytes: Buffer): void; onEnd(): void },
  ): Promise<Terminal>;
  /** Ends all processes, as the end of a container does. */
  end(): Promise<void>;
  remove(): Promise<void>;
}

export async function createCoderMachine(): Promise<CoderMachine> {
  const home = await mkdtemp(path.join(tmpdir(), 'spt-coder-'));
  const mark = randomUUID();

  async function end(): Promise<void> {
    for (;;) {
      const pids = await marked(mark);
      if (pids.length === 0) return;
      for (const pid of pids) kill(pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return {
    home,
    end,
    async open(command, { onOutput, onEnd }) {
      await mkdir(home, { recursive: true });
      // `script` gives the command a terminal, and ends with it.
      const child: ChildProcess = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
        cwd: home,
        env: { PATH: process.env['PATH'], HOME: home, SHELL: '/bin/bash', [MARK]: mark },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdout?.on('data', onOutput);
      child.stdin?.on('error', () => undefined); // It ended by itself.
      child.once('exit', onEnd);
      return {
        write: (bytes) => void child.stdin?.write(bytes),
        close: () => void child.kill('SIGHUP'),
      };
    },
    async remove() {
      await end();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function marked(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(`${MARK}=${mark}`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
