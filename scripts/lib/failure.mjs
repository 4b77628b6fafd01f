import { say } from './progress.mjs';

/** Failure is an end that people can do something about: shown as one line, without a stack. */
export class Failure extends Error {
  /** @param {string} message what is wrong and the next step */
  constructor(message, { output = '', exitCode = 1 } = {}) {
    super(message);
    this.name = 'Failure';
    this.output = output;
    this.exitCode = exitCode;
  }
}

/** endWith runs a script's main function and turns its result into the exit code. */
export async function endWith(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.output) say(error.output.trimEnd());
    say(error.message);
    process.exitCode = error.exitCode;
  }
}
