import type { ChangeSetEngine } from '../change-set/engine.ts';
import type { EventBuffer } from '../connection/event-buffer.ts';
import { reportRecovered } from '../connection/recovered-report.ts';
import type { Self } from '../connection/self.ts';
import type { Broker } from '../git-credentials/broker.ts';
import type { PortTable } from '../ports/port-table.ts';
import { createPortWatch } from '../ports/port-watch.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import type { PtyHostClient } from '../pty-host/client.ts';
import type { Environment, SpawnGroup } from '../runtime/spawn-group.ts';
import { workspaceCpuSeconds } from '../system/cpu-time.ts';
import { measureAgent } from '../system/metrics.ts';
import { workspaceScope } from '../system/workspace-scope.ts';
import { createChangeSetHandler } from './change-set.ts';
import { createEventsHandler } from './events.ts';
import { createExecHandler } from './exec.ts';
import { createFilesListHandler } from './files-list.ts';
import { createFilesReadHandler } from './files-read.ts';
import type { Handlers } from './handler.ts';
import { createIdentityHandlers } from './identity.ts';
import { createMachineHandlers, type MachineHandlerDeps } from './machine.ts';
import { createProcessHandlers } from './process.ts';
import { createPtyHandler } from './pty.ts';
import { createListenHandlers } from './tcp-listen.ts';
import { createTcpHandler } from './tcp.ts';

export interface HandlerDeps extends MachineHandlerDeps {
  readonly spawn: SpawnGroup;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly supervisor: Supervisor;
  readonly engine: ChangeSetEngine;
  readonly events: EventBuffer;
  readonly ptyHost: PtyHostClient;
  readonly ports: PortTable;
  readonly gitBroker: Broker;
  readonly recoveredPath: string;
  readonly self: Self;
  warn(text: string): void;
}

export function createHandlers(deps: HandlerDeps): Handlers {
  const scope = workspaceScope(deps.environment);
  return {
    exec: createExecHandler(deps),
    pty: createPtyHandler(deps.ptyHost),
    tcp: createTcpHandler(deps.ports),
    ...createListenHandlers(),
    'files.list': createFilesListHandler(deps),
    'files.read': createFilesReadHandler(deps.projectDirectory),
    'git-credentials': deps.gitBroker.handler,
    'change-set.apply': createChangeSetHandler(deps.engine),
    ...createProcessHandlers(deps),
    ...createMachineHandlers(deps),
    ...createIdentityHandlers(deps.self),
    events: createEventsHandler({
      events: deps.events,
      supervisor: deps.supervisor,
      ports: createPortWatch({ table: deps.ports, events: deps.events, log: deps.warn }),
      heartbeat: () =>
        measureAgent({
          processes: deps.supervisor.runningCount,
          workspaceCpuSeconds: workspaceCpuSeconds(scope),
        }),
      reportRecovered: () => reportRecovered(deps.recoveredPath, deps.events),
    }),
  };
}
