import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { runProgram, tryProgram } from '../system/run-program.ts';
import { engineGroup } from './engine-group.ts';
import { exists } from './exists.ts';
import { LAUNCH_COMMAND, LAYOUT } from './layout.ts';
import type { ServiceInput, ServiceManager } from './service-parts.ts';
import { agentUnit, uninstallRequestUnit, uninstallUnit } from './unit-files.ts';

/** Since this version systemd-notify waits until its message was read, without which it can get lost. */
const NOTIFY_VERSION = 246;
/** Where systemd shows that it runs the machine, as sd_booted(3) has it. */
const SYSTEMD_MARK = '/run/systemd/system';
const FOLDER = '/etc/systemd/system';
const UNITS = {
  agent: `${FOLDER}/spt-flow-agent.service`,
  uninstall: `${FOLDER}/spt-flow-agent-uninstall.service`,
  uninstallRequest: `${FOLDER}/spt-flow-agent-uninstall.path`,
};
const AGENT = basename(UNITS.agent);
const REQUEST = basename(UNITS.uninstallRequest);

export const systemd: ServiceManager = {
  isInCharge: async () => (await exists(SYSTEMD_MARK)) && (await readVersion()) !== undefined,
  definitions: Object.values(UNITS).flatMap((unit) => [unit, `${unit}.d`]),
  define,
  async start() {
    await runProgram('systemctl', ['daemon-reload']);
    await runProgram('systemctl', ['enable', AGENT, REQUEST]);
    const startedMs = Date.now();
    await runProgram('systemctl', ['restart', AGENT, REQUEST]);
    return startedMs;
  },
  async stop() {
    await tryProgram('systemctl', ['stop', AGENT]);
    await killRest();
  },
  async disable() {
    await tryProgram('systemctl', ['disable', '--now', REQUEST, AGENT]);
    await killRest();
  },
  async forget() {
    await runProgram('systemctl', ['daemon-reload']);
    await tryProgram('systemctl', ['reset-failed', AGENT]);
  },
  hints: { start: 'systemctl start spt-flow-agent', status: 'systemctl status spt-flow-agent' },
};

async function define({
  program,
  account,
  projectDirectory,
  memoryMax,
  engineSocket,
}: ServiceInput) {
  const unit = agentUnit({
    ...{ program: LAUNCH_COMMAND, memoryMax, user: account.name },
    writable: [LAYOUT.state, account.home, projectDirectory],
    isNotified: ((await readVersion()) ?? 0) >= NOTIFY_VERSION,
    group: engineSocket === undefined ? undefined : await engineGroup(engineSocket, account.uid),
  });
  await writeFile(UNITS.agent, unit);
  await writeFile(UNITS.uninstall, uninstallUnit(program));
  await writeFile(UNITS.uninstallRequest, uninstallRequestUnit());
}

async function readVersion(): Promise<number | undefined> {
  const output = await tryProgram('systemctl', ['--version']);
  const version = /^systemd (\d+)/.exec(output ?? '')?.[1];
  return version === undefined ? undefined : Number(version);
}

/** What an agent left that did not end in order: systemd ends the agent alone. */
async function killRest(): Promise<void> {
  await tryProgram('systemctl', ['kill', '--signal=SIGKILL', AGENT]);
}
