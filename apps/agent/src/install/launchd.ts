import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../system/errors.ts';
import { runProgram, tryProgram } from '../system/run-program.ts';
import { exists } from './exists.ts';
import { AGENT_LABEL, agentPlist, UNINSTALL_LABEL, uninstallPlist } from './plist-files.ts';
import { LAUNCH_COMMAND } from './layout.ts';
import type { ServiceInput, ServiceManager } from './service-parts.ts';

const LAUNCHCTL = '/bin/launchctl';
const FOLDER = '/Library/LaunchDaemons';
const AGENT = `${FOLDER}/${AGENT_LABEL}.plist`;
const UNINSTALL = `${FOLDER}/${UNINSTALL_LABEL}.plist`;
/** A service that has just been let go of cannot be taken up at once. */
const ATTEMPTS = 20;
const PAUSE_MS = 500;

/** launchd runs the agent from the start of the machine on, whether somebody is logged in or not. */
export const launchd: ServiceManager = {
  isInCharge: () => exists(LAUNCHCTL),
  definitions: [AGENT, UNINSTALL],
  define,
  async start() {
    await letGo(AGENT_LABEL);
    await letGo(UNINSTALL_LABEL);
    const startedMs = Date.now();
    await takeUp(AGENT_LABEL, AGENT);
    await takeUp(UNINSTALL_LABEL, UNINSTALL);
    return startedMs;
  },
  stop: () => letGo(AGENT_LABEL),
  disable: () => letGo(AGENT_LABEL),
  forget: () => letGo(UNINSTALL_LABEL),
  hints: {
    start: `sudo launchctl kickstart system/${AGENT_LABEL}`,
    status: `sudo launchctl print system/${AGENT_LABEL}`,
  },
};

/** launchd reads only what root alone may write. */
async function define({ program, account, projectDirectory }: ServiceInput): Promise<void> {
  const agent = agentPlist({ program: LAUNCH_COMMAND, account, projectDirectory });
  await writeFile(AGENT, agent, { mode: 0o644 });
  await writeFile(UNINSTALL, uninstallPlist(program), { mode: 0o644 });
}

async function letGo(label: string): Promise<void> {
  await tryProgram(LAUNCHCTL, ['bootout', `system/${label}`]);
}

async function takeUp(label: string, file: string): Promise<void> {
  await tryProgram(LAUNCHCTL, ['enable', `system/${label}`]);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runProgram(LAUNCHCTL, ['bootstrap', 'system', file]);
      return;
    } catch (cause) {
      if (attempt === ATTEMPTS)
        throw new Error(`launchd does not take the agent: ${messageOf(cause)}`, { cause });
    }
    await sleep(PAUSE_MS);
  }
}
