import type { WorkspaceScope } from './process-tree.ts';

/** Workspaces that share a machine are told apart by this variable, which the control plane gives all of their processes. */
const SHARED_MACHINE = 'SPT_FLOW_WORKSPACE_ID';
/** What an agent gives its children elsewhere: terminals that outlive it belong to the next one. */
const OWN_MACHINE = 'SPT_FLOW_STATE_DIR';

type Environment = Readonly<Record<string, string>>;

/** markedEnvironment is what children inherit, so that they are known for the workspace's also without their parents. */
export function markedEnvironment(environment: Environment, stateDirectory: string): Environment {
  return sharesMachine(environment)
    ? environment
    : { ...environment, [OWN_MACHINE]: stateDirectory };
}

export function sharesMachine(environment: Environment): boolean {
  return environment[SHARED_MACHINE] !== undefined;
}

export function workspaceScope(environment: Environment): WorkspaceScope {
  const name = sharesMachine(environment) ? SHARED_MACHINE : OWN_MACHINE;
  const value = environment[name];
  return { pid: process.pid, mark: value === undefined ? undefined : `${name}=${value}` };
}
