import type { ChangeSetEngine } from '../change-set/engine.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { AgentError } from '../system/errors.ts';
import type { Handlers } from './handler.ts';

export interface ProcessHandlerDeps {
  readonly supervisor: Supervisor;
  readonly engine: Pick<ChangeSetEngine, 'isBusy'>;
}

/** A change set watches the process that it restarted, so nobody else may touch it meanwhile. */
export function createProcessHandlers({
  supervisor,
  engine,
}: ProcessHandlerDeps): Pick<Handlers, 'process.start' | 'process.stop'> {
  function requireIdle(): void {
    if (engine.isBusy) throw new AgentError('busy', 'A change set is being applied');
  }

  return {
    async 'process.start'({ head, stream, accept }) {
      requireIdle();
      const { name, command, env } = head;
      const { pid } = await supervisor.start({ name, command, env });
      accept({ pid });
      stream.end();
      stream.resume();
    },
    async 'process.stop'({ head, stream, accept }) {
      requireIdle();
      if (!(await supervisor.stop(head.name)))
        throw new AgentError('not_found', `There is no process '${head.name}'`);
      accept();
      stream.end();
      stream.resume();
    },
  };
}
