import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Failure } from './failure.mjs';
import { ROOT } from './root.mjs';

const KEPT_OUTPUT_BYTES = 64 * 1024;

/** run shows the command's output and resolves with its exit code. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  return exitCodeOf(child, command);
}

/** capture keeps the command's output to be shown when it fails; it resolves with `{ exitCode, output }`. */
export async function capture(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-KEPT_OUTPUT_BYTES);
    });
  }
  return { exitCode: await exitCodeOf(child, command), output };
}

async function exitCodeOf(child, command) {
  try {
    const [code, signal] = await once(child, 'close');
    return signal ? 128 + constants.signals[signal] : code;
  } catch (error) {
    throw new Failure(`'${command}' could not be started: ${error.message}`);
  }
}
