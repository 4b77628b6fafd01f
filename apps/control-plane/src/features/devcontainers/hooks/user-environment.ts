import type { Lifecycle } from '../planning/index.ts';
import type { RunCommand } from './run-command.ts';

/** As the reference implementation waits: a shell that asks something would wait forever. */
const TIMEOUT_MS = 10_000;
const MARK = '--spt-flow-environment--';
/** They are of the shell that was asked, not of its user. */
const OF_THE_SHELL = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL', 'TERM']);
const OPTIONS = {
  loginShell: '-lc',
  interactiveShell: '-ic',
  loginInteractiveShell: '-lic',
} as const;

const SCRIPT = `
entry=$(getent passwd "$(id -u)" 2>/dev/null || awk -F: -v u="$(id -u)" '$3 == u' /etc/passwd)
shell=\${entry##*:}
[ -x "$shell" ] || shell=/bin/sh
exec "$shell" "$1" 'printf %s "$0"; cat /proc/self/environ; printf %s "$0"' "$2"
`;

/** probeUserEnvironment asks the shell of the workspace's user for its variables; undefined: it did not answer. */
export async function probeUserEnvironment(
  probe: Lifecycle['userEnvProbe'],
  run: RunCommand,
): Promise<Record<string, string> | undefined> {
  if (probe === 'none') return {};
  const { exitCode, stdout } = await run({
    argv: ['/bin/sh', '-c', SCRIPT, 'sh', OPTIONS[probe], MARK],
    timeoutMs: TIMEOUT_MS,
  });
  const text = stdout.toString().split(MARK)[1];
  return exitCode === 0 && text !== undefined ? parseEnvironment(text) : undefined;
}

/** parseEnvironment reads what a process has in /proc/<pid>/environ. */
function parseEnvironment(text: string): Record<string, string> {
  const pairs = text.split('\0').flatMap((entry): [string, string][] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    return name === undefined || value === undefined || OF_THE_SHELL.has(name)
      ? []
      : [[name, value]];
  });
  return Object.fromEntries(pairs);
}
