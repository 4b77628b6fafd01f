import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { version } from '../package.json';
import { openInBrowser } from './core/browser.ts';
import { ownProgram } from './own-program.ts';
import { runCli } from './run-cli.ts';

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const interruption = new AbortController();

for (const [signal, exitCode] of Object.entries(SIGNAL_CODES)) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for a tidy end.
    if (interruption.signal.aborted) process.exit(exitCode);
    interruption.abort();
  });
}
// `spt-flow logs … | head` ends when its reader does.
process.stdout.on('error', () => process.exit(0));

// Without a top-level `await`, which executables with bytecode can't have.
void runCli({
  args: process.argv.slice(2),
  env: process.env,
  home: homedir(),
  program: ownProgram({
    execPath: process.execPath,
    script: process.argv[1] ?? '',
    folder: import.meta.dirname,
    platform: process.platform,
  }),
  version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch,
  newId: randomUUID,
  openBrowser: openInBrowser,
  signal: interruption.signal,
}).then((exitCode) => process.stdout.write('', () => process.exit(exitCode)));
