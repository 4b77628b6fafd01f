import type { UninstallSchema } from '@spt-flow/shared/agent-protocol/requests';
import type * as z from 'zod/mini';
import type { Suspension } from '../processes/suspension.ts';
import type { Handlers } from './handler.ts';

export interface MachineHandlerDeps {
  /** What children inherit; all who start some have the same object. */
  readonly environment: Record<string, string>;
  /** Keeps for the next agent what is added to the environment. */
  keepAdded(variables: Readonly<Record<string, string>>): Promise<void>;
  readonly suspension: Pick<Suspension, 'suspend' | 'resume'>;
  /** Has the machine cleaned up, and forgets who this agent is; it may only end afterwards. */
  uninstall(): Promise<z.infer<typeof UninstallSchema>>;
  shutdown(): void;
}

/** What is asked of the agent as a whole. */
export function createMachineHandlers(
  deps: MachineHandlerDeps,
): Pick<Handlers, 'environment.add' | 'shutdown' | 'suspend' | 'resume' | 'uninstall'> {
  return {
    async 'environment.add'({ head, stream, accept }) {
      await deps.keepAdded(head.variables);
      Object.assign(deps.environment, head.variables);
      accept();
      stream.resume();
      stream.end();
    },
    async shutdown({ stream, accept }) {
      accept();
      stream.resume();
      stream.end(() => deps.shutdown());
    },
    async suspend({ stream, accept }) {
      await deps.suspension.suspend();
      accept();
      stream.resume();
      stream.end();
    },
    async resume({ stream, accept }) {
      await deps.suspension.resume();
      accept();
      stream.resume();
      stream.end();
    },
    async uninstall({ stream, accept }) {
      accept(await deps.uninstall());
      stream.resume();
      stream.end(() => deps.shutdown());
    },
  };
}
