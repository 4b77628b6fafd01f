import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Failure } from './failure.mjs';
import { ROOT } from './root.mjs';

const KEPT_OUTPUT_CHARACTERS = 64 * 1024;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** run shows the command's output and resolves with its exit code. */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  return exitCodeOf(child, command);
}

/** capture keeps the end of the command's output, to be shown when it fails. */
export async function capture(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
  }
  return { exitCode: await exitCodeOf(child, command), output };
}

/** A signal to this process ends the command first, then this process. */
async function exitCodeOf(child, command) {
  let received;
  const pass = (signal) => {
    received = signal;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    const [code, signal] = await once(child, 'close');
    if (received) process.exit(128 + constants.signals[received]);
    return signal ? 128 + constants.signals[signal] : code;
  } catch (error) {
    throw new Failure(`'${command}' could not be started: ${error.message}`);
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}
