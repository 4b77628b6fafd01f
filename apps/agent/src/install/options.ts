import { UsageError } from '../console/command.ts';

/** INSTALL_OPTIONS are shared by the commands that may install a service. */
export const INSTALL_OPTIONS = {
  url: { type: 'string' },
  'server-key': { type: 'string' },
  'ca-file': { type: 'string' },
  'update-root': { type: 'string' },
  'project-dir': { type: 'string' },
  user: { type: 'string' },
  'memory-max': { type: 'string' },
  'host-containers': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const INSTALL_OPTIONS_HELP = `  --url <url>            ask the control plane there; a person approves this machine by a short code
  --server-key <key>     the only key of a control plane to accept, with --url
  --ca-file <file>       PEM certificate of the authority that signed the control plane's
  --update-root <file>   root metadata of releases: newer agents are taken only as its keys have signed them
  --project-dir <folder> what people and their agents work on (/var/lib/spt-flow-agent/project)
  --user <name>          whom everything runs as (an account of its own, spt-flow)
  --memory-max <amount>  of memory for everything that runs through it, as systemd has it (80%)
  --host-containers <socket>  let the control plane run workspaces of others in the container engine at this socket,
                         e.g. /var/run/docker.sock: whoever controls an engine of root's controls the machine, and so
                         may whoever works here through the agent. "none" takes it back`;

export interface InstallOptions {
  readonly url?: string | undefined;
  readonly 'server-key'?: string | undefined;
  readonly 'ca-file'?: string | undefined;
  readonly 'update-root'?: string | undefined;
  readonly 'project-dir'?: string | undefined;
  readonly user?: string | undefined;
  readonly 'memory-max'?: string | undefined;
  readonly 'host-containers'?: string | undefined;
}

export function checkOptions(options: InstallOptions): void {
  const { 'memory-max': memoryMax, 'project-dir': project } = options;
  if (memoryMax !== undefined && !/^(\d+[KMGT]?|\d{1,3}%|infinity)$/.test(memoryMax)) {
    throw new UsageError('--memory-max is an amount like 4G, or a share like 50%');
  }
  if (project !== undefined && !/^\/[^\n]+$/.test(project)) {
    throw new UsageError('--project-dir is an absolute path');
  }
  if (project !== undefined && /^\/(tmp|var\/tmp|run)\//.test(`${project}/`)) {
    throw new UsageError('--project-dir must be where files stay');
  }
  const { 'host-containers': engine } = options;
  if (engine !== undefined && !/^(\/[^\n]+|none)$/.test(engine)) {
    throw new UsageError('--host-containers is the absolute path of an engine’s socket, or "none"');
  }
}

/** engineOf is the socket that was agreed on; undefined: none. */
export function engineOf({ 'host-containers': engine }: InstallOptions): string | undefined {
  return engine === 'none' ? undefined : engine;
}
