import { LAYOUT } from './layout.ts';

export interface UnitInput {
  /** The command line that chooses and runs a version. */
  readonly program: readonly string[];
  readonly user: string;
  readonly writable: readonly string[];
  readonly memoryMax: string;
  /** systemd hears that the agent lives, and may miss it. */
  readonly isNotified: boolean;
  /** Of what the account may reach besides its own, as a number. */
  readonly group?: number | undefined;
}

const NOTIFIED = `Type=notify
NotifyAccess=all
WatchdogSec=60`;

/** What a place to develop at needs nothing of. */
const CLOSED = `PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap
# Namespaces stay allowed: browsers and build tools put themselves into sandboxes with them.`;

/** agentUnit keeps what runs through the agent from changing the machine, as far as a place to develop at allows. */
export function agentUnit(input: UnitInput): string {
  const { program, user, writable, memoryMax, isNotified, group } = input;
  const usesHomes = writable.some((path) => /^\/(home|root)\//.test(`${path}/`));
  return `[Unit]
Description=spt-flow agent
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
${isNotified ? NOTIFIED : 'Type=simple'}
ExecStart=${commandLine([...program, ...['run', '--config-file', LAYOUT.settings]])}
User=${user}
${group === undefined ? '' : `SupplementaryGroups=${group}\n`}Restart=always
RestartSec=2
# Refused for good, or settings that make no sense: starting again would change nothing.
RestartPreventExitStatus=77 78
# What the agent started it ends itself when it is told to stop; terminals outlive its crash and are found again.
KillMode=process
TimeoutStopSec=30
RuntimeDirectory=spt-flow-agent
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=restart
Environment=XDG_RUNTIME_DIR=%t/spt-flow-agent

MemoryMax=${memoryMax}
# One process that takes too much must not end all others.
OOMPolicy=continue
UMask=0027

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths=${writable.map((path) => quote(`-${path}`)).join(' ')}
${usesHomes ? '' : 'ProtectHome=yes\n'}PrivateTmp=yes
${CLOSED}

[Install]
WantedBy=multi-user.target
`;
}

/** The agent cannot remove itself: it asks by a file, and this is who sees it. */
export function uninstallRequestUnit(): string {
  return `[Unit]
Description=Removal of the spt-flow agent, once its control plane asks for it

[Path]
PathExists=${LAYOUT.uninstallRequest}

[Install]
WantedBy=multi-user.target
`;
}

export function uninstallUnit(program: readonly string[]): string {
  return `[Unit]
Description=Removal of the spt-flow agent

[Service]
Type=oneshot
ExecStart=${commandLine([...program, 'uninstall', '--yes'])}
`;
}

/** In a command line systemd replaces variables too. */
function commandLine(words: readonly string[]): string {
  return words.map((word) => quote(word).replaceAll('$', '$$$$')).join(' ');
}

/** A word as systemd reads it: neither split nor with a specifier in it. */
function quote(word: string): string {
  if (/^[\w@.:/=+-]+$/.test(word)) return word;
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}
