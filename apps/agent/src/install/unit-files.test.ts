import { describe, expect, it } from 'vitest';
import { LAUNCH_COMMAND } from './layout.ts';
import { agentUnit, uninstallUnit, type UnitInput } from './unit-files.ts';

const INPUT: UnitInput = {
  program: LAUNCH_COMMAND,
  user: 'spt-flow',
  writable: ['/var/lib/spt-flow-agent/state', '/srv/my project'],
  memoryMax: '80%',
  isNotified: true,
};

function linesOf(input: Partial<UnitInput> = {}): string[] {
  return agentUnit({ ...INPUT, ...input }).split('\n');
}

describe('the unit of the agent', () => {
  it('runs it unprivileged, watched and limited', () => {
    expect(linesOf()).toEqual(
      expect.arrayContaining([
        'Type=notify',
        'WatchdogSec=60',
        'Restart=always',
        'User=spt-flow',
        'MemoryMax=80%',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'ProtectSystem=strict',
        'ProtectHome=yes',
        'ReadWritePaths=-/var/lib/spt-flow-agent/state "-/srv/my project"',
        'ExecStart=/bin/sh /usr/local/lib/spt-flow-agent/launch /var/lib/spt-flow-agent/state/updates /usr/local/bin/spt-flow-agent run --config-file /etc/spt-flow-agent/agent.json',
      ]),
    );
  });

  it('joins the group of a container engine only where one was agreed on', () => {
    expect(linesOf({ group: 998 })).toContain('SupplementaryGroups=998');
    expect(agentUnit(INPUT)).not.toContain('SupplementaryGroups');
  });

  it('does without a watchdog where systemd could miss its messages', () => {
    expect(linesOf({ isNotified: false })).toContain('Type=simple');
    expect(agentUnit({ ...INPUT, isNotified: false })).not.toContain('WatchdogSec');
  });

  it('shows the homes only to an agent that works in one', () => {
    expect(linesOf({ writable: ['/home/ada'] })).not.toContain('ProtectHome=yes');
  });

  it('gives systemd nothing to expand in a path', () => {
    expect(uninstallUnit(['/opt/a "b" %h $HOME\\c'])).toContain(
      String.raw`ExecStart="/opt/a \"b\" %%h $$HOME\\c" uninstall --yes`,
    );
  });
});
