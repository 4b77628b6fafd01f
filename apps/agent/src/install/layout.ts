const STATE_ROOT = '/var/lib/spt-flow-agent';
const CONFIG_ROOT = '/etc/spt-flow-agent';
const UNITS = '/etc/systemd/system';

/** LAYOUT is all that an installed agent has on a machine. */
export const LAYOUT = {
  /** The executable itself, or a script that runs the bundle with Node.js. */
  program: '/usr/local/bin/spt-flow-agent',
  bundle: '/usr/local/lib/spt-flow-agent',
  configuration: CONFIG_ROOT,
  settings: `${CONFIG_ROOT}/agent.json`,
  authority: `${CONFIG_ROOT}/ca.pem`,
  /** How it was installed, for those who install it anew or remove it. */
  installation: `${CONFIG_ROOT}/installation.json`,
  data: STATE_ROOT,
  state: `${STATE_ROOT}/state`,
  home: `${STATE_ROOT}/home`,
  project: `${STATE_ROOT}/project`,
  /** The agent asks to be removed by writing it. */
  uninstallRequest: `${STATE_ROOT}/state/uninstall-requested`,
  units: {
    agent: `${UNITS}/spt-flow-agent.service`,
    uninstall: `${UNITS}/spt-flow-agent-uninstall.service`,
    uninstallRequest: `${UNITS}/spt-flow-agent-uninstall.path`,
  },
} as const;
