import { chmod, chown, copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { proxyVariables, type CommandContext } from '../console/command.ts';
import type { Joined } from '../join/joining.ts';
import { readSettingsFile } from '../system/settings-file.ts';
import type { Account } from './account-record.ts';
import type { Installation } from './installation.ts';
import { exists } from './exists.ts';
import { LAYOUT } from './layout.ts';
import { placeUpdateRoot } from './update-files.ts';

export interface SettingsInput {
  readonly environment: CommandContext['environment'];
  /** Undefined: the control plane stays the one in the settings. */
  readonly joined: Joined | undefined;
  /** Undefined: as it is in the settings. */
  readonly caFile: string | undefined;
  /** What to take releases by; what is there stays where neither is set. */
  readonly updateRoot: Parameters<typeof placeUpdateRoot>[0];
  readonly installation: Installation;
  readonly account: Account;
}

/** Writes what the service reads. The account may read it and nobody else: a proxy's address may hold a password. */
export async function writeSettings(input: SettingsInput): Promise<void> {
  const { joined, caFile, installation, account } = input;
  await mkdir(LAYOUT.configuration, { recursive: true, mode: 0o755 });
  if (caFile !== undefined && caFile !== LAYOUT.authority) {
    await copyFile(caFile, LAYOUT.authority);
    await chmod(LAYOUT.authority, 0o644);
  }
  await placeUpdateRoot(input.updateRoot);
  const hasRoot = await exists(LAYOUT.updateRoot);
  const before = joined ? joinedSettings(joined) : await readSettingsFile(LAYOUT.settings);
  const settings = {
    ...(typeof before === 'object' ? before : {}),
    ...given(proxyVariables(input.environment)),
    ...(caFile === undefined ? {} : { SPT_FLOW_AGENT_CA_FILE: LAYOUT.authority }),
    ...(hasRoot ? { SPT_FLOW_AGENT_UPDATE_ROOT: LAYOUT.updateRoot } : {}),
    SPT_FLOW_AGENT_STATE_DIR: LAYOUT.state,
    SPT_FLOW_AGENT_PROJECT_DIR: installation.projectDirectory,
    SPT_FLOW_AGENT_UNINSTALL_FILE: LAYOUT.uninstallRequest,
    // Not written where it is not agreed on.
    SPT_FLOW_AGENT_HOST_CONTAINERS: installation.hostContainers,
  };
  await replaceDocument(LAYOUT.settings, settings, ownerOf(account));
  await replaceDocument(LAYOUT.installation, installation, ROOT_ALONE);
}

export function joinedSettings({ url, serverKey, channelBinding }: Omit<Joined, 'updateRoot'>) {
  return {
    SPT_FLOW_AGENT_URL: url,
    SPT_FLOW_AGENT_SERVER_KEY: serverKey,
    SPT_FLOW_AGENT_CHANNEL_BINDING: channelBinding,
  };
}

function given(values: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Boolean(value)));
}

interface Owner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const ROOT_ALONE: Owner = { mode: 0o600, uid: 0, gid: 0 };

/** By its group, where nobody else is in that: it may not write them then. */
function ownerOf({ hasOwnGroup, uid, gid }: Account): Owner {
  return hasOwnGroup ? { mode: 0o640, uid: 0, gid } : { mode: 0o600, uid, gid };
}

async function replaceDocument(
  path: string,
  content: object,
  { mode, uid, gid }: Owner,
): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chown(temporary, uid, gid);
  await chmod(temporary, mode);
  await rename(temporary, path);
}
