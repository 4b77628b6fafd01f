import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Failure } from '../../failure.mjs';
import { ROOT } from '../../root.mjs';

/** output runs a program and keeps all that it writes: plans are several megabytes. */
export async function output(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const ended = once(child, 'close').catch((error) => {
    throw new Failure(`'${command}' could not be started: ${error.message}`);
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { exitCode: code ?? 1, stdout, stderr };
}

/** succeed runs a program that has to end well. */
export async function succeed(command, args, options = {}) {
  const result = await output(command, args, options);
  if (result.exitCode === 0) return result.stdout;
  throw new Failure(`'${command} ${args.join(' ')}' failed`, {
    output: `${result.stdout}${result.stderr}`.slice(-8_000),
  });
}
