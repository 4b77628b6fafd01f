import { platform } from '../system/platform/platform.ts';

const STATE_ROOT = '/var/lib/spt-flow-agent';
const CONFIG_ROOT = '/etc/spt-flow-agent';
/** Root's alone: what lies in `/usr/local` may be somebody else's on macOS. */
const DARWIN_ROOT = '/opt/spt-flow-agent';

const LINUX = {
  /** The executable itself, or a script that runs the bundle with Node.js. */
  program: '/usr/local/bin/spt-flow-agent',
  bundle: '/usr/local/lib/spt-flow-agent',
  /** What the service manager starts; root's alone, as the program is. */
  launcher: '/usr/local/lib/spt-flow-agent/launch',
  ...layoutOf({ configuration: CONFIG_ROOT, data: STATE_ROOT }),
  /** Where the service manager gives the agent no directory for its sockets, it has this one. */
  run: undefined,
  /** Folders of nothing but the above. */
  parents: [],
};

const DARWIN = {
  program: `${DARWIN_ROOT}/bin/spt-flow-agent`,
  bundle: `${DARWIN_ROOT}/lib`,
  launcher: `${DARWIN_ROOT}/lib/launch`,
  ...layoutOf({ configuration: `${DARWIN_ROOT}/etc`, data: `${DARWIN_ROOT}/data` }),
  run: `${DARWIN_ROOT}/data/run`,
  parents: [`${DARWIN_ROOT}/bin`, DARWIN_ROOT],
};

/** LAYOUT is all that an installed agent has on a machine, but for what its service manager reads. */
export const LAYOUT = platform.name === 'darwin' ? DARWIN : LINUX;

function layoutOf({ configuration, data }: { configuration: string; data: string }) {
  return {
    configuration,
    settings: `${configuration}/agent.json`,
    authority: `${configuration}/ca.pem`,
    /** Whose releases the agent takes. */
    updateRoot: `${configuration}/update-root.json`,
    /** How it was installed, for those who install it anew or remove it. */
    installation: `${configuration}/installation.json`,
    data,
    state: `${data}/state`,
    updates: `${data}/state/updates`,
    home: `${data}/home`,
    project: `${data}/project`,
    /** The agent asks to be removed by writing it. */
    uninstallRequest: `${data}/state/uninstall-requested`,
  };
}

/** LAUNCH_COMMAND runs the version that is chosen; what follows are the agent's own arguments. */
export const LAUNCH_COMMAND = ['/bin/sh', LAYOUT.launcher, LAYOUT.updates, LAYOUT.program];
