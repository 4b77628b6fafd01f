import type { Account } from './account-record.ts';
import { LAYOUT } from './layout.ts';

export const AGENT_LABEL = 'dev.spt-flow.agent';
export const UNINSTALL_LABEL = 'dev.spt-flow.agent-uninstall';
/** Those of Homebrew too, on both kinds of processors; launchd's own PATH has only the system's. */
const PATH = '/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

export interface PlistInput {
  /** The command line that runs the program. */
  readonly program: readonly string[];
  readonly account: Account;
  readonly projectDirectory: string;
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** agentPlist runs the agent as an account that is not root. */
export function agentPlist({ program, account, projectDirectory }: PlistInput): string {
  return plist({
    Label: AGENT_LABEL,
    ProgramArguments: [...program, 'run', '--config-file', LAYOUT.settings],
    UserName: account.name,
    WorkingDirectory: projectDirectory,
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: 10,
    ExitTimeOut: 30,
    // What the agent started it ends itself; terminals outlive its crash and are found again.
    AbandonProcessGroup: true,
    // Else builds are slowed down as work in the background.
    ProcessType: 'Interactive',
    Umask: 0o027,
    EnvironmentVariables: {
      PATH,
      HOME: account.home,
      USER: account.name,
      LOGNAME: account.name,
      SHELL: account.shell,
      ...(LAYOUT.run === undefined ? {} : { XDG_RUNTIME_DIR: LAYOUT.run }),
    },
    StandardErrorPath: `${LAYOUT.state}/agent.log`,
  });
}

/** The agent cannot remove itself: it asks by a file, and launchd runs this while there is one. */
export function uninstallPlist(program: readonly string[]): string {
  return plist({
    Label: UNINSTALL_LABEL,
    ProgramArguments: [...program, 'uninstall', '--yes'],
    RunAtLoad: false,
    KeepAlive: { PathState: { [LAYOUT.uninstallRequest]: true } },
  });
}

function plist(content: Value): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${element(content)}
</plist>
`;
}

function element(value: Value): string {
  if (typeof value === 'string') return `<string>${escape(value)}</string>`;
  if (typeof value === 'number') return `<integer>${value}</integer>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (isList(value)) return `<array>\n${value.map(element).join('\n')}\n</array>`;
  const entries = Object.entries(value).map(
    ([key, inner]) => `<key>${escape(key)}</key>\n${element(inner)}`,
  );
  return `<dict>\n${entries.join('\n')}\n</dict>`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
