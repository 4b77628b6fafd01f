import { ask } from '../core/ask.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, usageError } from '../core/errors.ts';
import { plain } from '../core/text.ts';

export interface Confirmation {
  /** Of the workspace that it is about, to be typed. */
  readonly name: string;
  /** Such as `Deleting`. */
  readonly doing: string;
  /** What would happen, in lines. */
  readonly consequence: string;
  /** The command itself, without `--yes`. */
  readonly command: string;
  /** What remains true when it is not confirmed. */
  readonly safe: string;
}

/** confirmByName asks for the name of what would be lost; `--yes` has to say so where nobody can be asked. */
export async function confirmByName(
  { io, note }: Pick<Context, 'io' | 'note'>,
  { name, doing, consequence, command, safe }: Confirmation,
): Promise<void> {
  const shown = plain(name);
  if (!io.stdin.isTTY) {
    throw usageError(
      `${doing} '${shown}' needs --yes where nobody can be asked`,
      `${command} --yes`,
    );
  }
  note(consequence);
  const answer = await ask(io, `Type the name to go on (${shown}): `);
  if (answer.trim() === name) return;
  throw new CliError({ what: 'That is not the name', safe, command, exitCode: EXIT.failure });
}
