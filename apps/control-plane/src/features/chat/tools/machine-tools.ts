import * as z from 'zod';
import type { TrialOutcome } from './project-machine.ts';
import { defineTool } from './tool.ts';

const MAX_LOG_LINES = 200;

function endOf({ exitCode, timedOut }: TrialOutcome): string {
  if (timedOut) return 'It did not end in time and was stopped.';
  return exitCode === null ? 'It was killed.' : `Exit code ${exitCode}.`;
}

export const runCommand = defineTool({
  name: 'run_command',
  kind: 'commands',
  description:
    'Run a shell command, such as a test or a linter, in a copy of the project that has your edits of this turn. What it does to files is thrown away; change files with the other tools. Answers with the exit code and the end of the output. Not for servers that do not end.',
  schema: z.strictObject({ command: z.string().trim().min(1).max(2000) }),
  async run({ command }, { overlay, machine }) {
    const outcome = await machine.tryOut({ command, edits: await overlay.edits(), keep: [] });
    return `${endOf(outcome)}\n${outcome.output || '(no output)'}`;
  },
});

export const readLogs = defineTool({
  name: 'read_logs',
  kind: 'commands',
  description:
    'Read the last lines that the running app printed. They are of the app as it is now, without your edits of this turn.',
  schema: z.strictObject({ lines: z.number().int().min(1).max(MAX_LOG_LINES).default(50) }),
  async run({ lines }, { machine }) {
    const found = await machine.logs(lines);
    return found.length === 0 ? '(the app has printed nothing)' : found.join('\n');
  },
});
