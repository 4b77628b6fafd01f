import { describe, expect, it } from 'vitest';
import { processesOf } from '../process-tree.ts';
import { parseLsof, parseNetstat, withStrangers } from './darwin-listeners.ts';
import { darwinTable, measure, parseProcesses } from './darwin-ps.ts';
import { parseMachineId, parseTraffic } from './darwin.ts';

/** In the form that manuals and sources of macOS's programs give. */
const PS = `
    1     0     1 Ss    18464   4:37.33 ??       Mon Nov 23 09:12:01 2026     /sbin/launchd
  501     1   501 S     31232   0:01.50 ??       Tue Nov 24 10:00:00 2026     /opt/spt-flow-agent/bin/spt-flow-agent run
  610   501   610 Ss+    2048   1:02.25 ttys003  Tue Nov 24 10:00:09 2026     -zsh
  611   610   611 S+   102400 12:00.00 ttys003  Tue Nov  3 10:00:10 2026     node server.js HOME=/Users/ada SPT_FLOW_STATE_DIR=/a
  700     1   700 S      4096   0:00.25 ??       Tue Nov 24 10:00:11 2026     node daemon.js SPT_FLOW_STATE_DIR=/a HOME=/Users/ada
  701     1   701 S      4096   0:00.25 ??       Tue Nov 24 10:00:11 2026     node other.js SPT_FLOW_STATE_DIR=/ab
  702   501   702 Z         0   0:00.00 ??       Tue Nov 24 10:00:12 2026     (node)
`;
const LSOF = `p611
f21
tIPv4
n127.0.0.1:3000
f22
tIPv6
n[::1]:3000
p700
f5
tIPv6
n*:8080
f6
tIPv4
n192.168.1.20:9000
`;
const NETSTAT = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.3000         *.*                    LISTEN
tcp6       0      0  ::1.3000               *.*                    LISTEN
tcp46      0      0  *.8080                 *.*                    LISTEN
tcp4       0      0  127.0.0.1.8080         *.*                    LISTEN
tcp4       0      0  *.22                   *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.5000       *.*                    LISTEN
tcp4       0      0  192.168.1.20.50123     17.57.144.10.443       ESTABLISHED
`;
const SCOPE = { pid: 501, mark: 'SPT_FLOW_STATE_DIR=/a' };

describe('processes of macOS', () => {
  const processes = parseProcesses(PS);

  it('are read with their group, start, terminal and what they use', () => {
    expect(processes.find(({ pid }) => pid === 611)).toEqual({
      ...{ pid: 611, parentId: 610, groupId: 611, terminal: 'ttys003' },
      startTicks: Date.UTC(2026, 10, 3, 10, 0, 10) / 1_000,
      memoryBytes: 100 * 1024 * 1024,
      cpuSeconds: 720,
      command: 'node server.js HOME=/Users/ada SPT_FLOW_STATE_DIR=/a',
    });
    expect(processes.map(({ pid }) => pid)).not.toContain(702);
  });

  it('belong to the workspace by their parents or by their environment', () => {
    expect(processesOf(SCOPE, darwinTable(processes))).toEqual([501, 610, 611, 700]);
  });

  it('are added up without the agent', () => {
    expect(measure(SCOPE, processes)).toEqual({
      cpuSeconds: 62.25 + 720 + 0.25,
      memoryBytes: (2048 + 102_400 + 4096) * 1024,
    });
  });
});

describe('what listens on macOS', () => {
  it('is this user’s where lsof says so, and else a stranger’s', () => {
    expect(withStrangers(parseLsof(LSOF), parseNetstat(NETSTAT))).toEqual([
      { address: '127.0.0.1', port: 3000, pid: 611 },
      { address: '::1', port: 3000, pid: 611 },
      { address: '::', port: 8080, pid: 700 },
      { address: '127.0.0.1', port: 8080, pid: undefined },
      { address: '0.0.0.0', port: 22, pid: undefined },
    ]);
  });
});

describe('a Mac', () => {
  it('adds up what went over all interfaces but loopback, once each', () => {
    const text = `Name       Mtu   Network       Address            Ipkts Ierrs     Ibytes    Opkts Oerrs     Obytes  Coll
lo0        16384 <Link#1>                         3246     0     481296     3246     0     481296     0
lo0        16384 127           127.0.0.1          3246     -     481296     3246     -     481296     -
en0        1500  <Link#4>    d4:9a:20:0d:e6:ec 22184840   0 13047081883 29605843     0 6652036717     0
en0        1500  192.168.3     192.168.3.4     22184840     - 13047081883 29605843     - 6652036717     -
utun0      1380  <Link#9>                           10     0       1000       20     0       2000     0`;

    expect(parseTraffic(text)).toEqual({
      receivedBytes: 13_047_082_883,
      sentBytes: 6_652_038_717,
    });
  });

  it('has a number of its own', () => {
    const text = `+-o MacBookPro18,3  <class IOPlatformExpertDevice, id 0x10000023a, registered>
    {
      "IOPlatformSerialNumber" = "C02ABCDEFGH0"
      "IOPlatformUUID" = "1A2B3C4D-0000-1111-2222-333344445555"
    }`;

    expect(parseMachineId(text)).toBe('1A2B3C4D-0000-1111-2222-333344445555');
  });
});
