import { AgentError } from '../system/errors.ts';
import { tryProgram } from '../system/run-program.ts';

/** ownAccount names the account that this program runs as. Bun takes the variable USER for the answer, also where there is none. */
export async function ownAccount(): Promise<string> {
  const name = (await tryProgram('id', ['-un']))?.trim();
  if (name) return name;
  throw new AgentError(
    'unavailable',
    'The account of the workspace has no name, which sshd needs: add it to /etc/passwd',
  );
}
