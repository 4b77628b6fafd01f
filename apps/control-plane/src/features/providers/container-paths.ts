/** Where containers have what is the agent's; nothing of it is the image's. */
export const AGENT_DIRECTORY = '/opt/spt-flow';
export const ENTRANCE_DIRECTORY = '/run/spt-flow';
export const STATE_DIRECTORY = '/var/lib/spt-flow';
export const WORKSPACE_DIRECTORY = '/workspace';
export const HISTORY_DIRECTORY = '/commandhistory';
/** Beside the entrance's socket: written on this machine, so that saying who works there starts no program. */
export const GIT_CONFIG_FILE = 'gitconfig';
export const GIT_CONFIG = `${ENTRANCE_DIRECTORY}/${GIT_CONFIG_FILE}`;
