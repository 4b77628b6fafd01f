import type { ChangeSetEngine } from '../change-set/engine.ts';
import type { EventBuffer } from '../connection/event-buffer.ts';
import { reportRecovered } from '../connection/recovered-report.ts';
import type { Self } from '../connection/self.ts';
import { createReceiptSigner } from '../connection/sign-receipt.ts';
import type { Broker } from '../git-credentials/broker.ts';
import type { Models } from '../models/models.ts';
import type { PortTable } from '../ports/port-table.ts';
import { createPortWatch } from '../ports/port-watch.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import type { PtyHostClient } from '../pty-host/client.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { SshServer } from '../ssh/ssh-server.ts';
import type { SpawnGroup } from '../runtime/spawn-group.ts';
import type { AgentLog } from '../system/agent-log.ts';
import { createDiskGauge } from '../system/disk-gauge.ts';
import { measureAgent } from '../system/metrics.ts';
import { platform } from '../system/platform/platform.ts';
import { sharesMachine, workspaceScope } from '../system/workspace-scope.ts';
import { createChangeSetHandler } from './change-set.ts';
import { createEngineHandlers, type EngineHandlerDeps } from './engine.ts';
import { createEventsHandler } from './events.ts';
import { createExecHandler } from './exec.ts';
import { createFilesListHandler } from './files-list.ts';
import { createFilesReadHandler } from './files-read.ts';
import type { Handlers } from './handler.ts';
import { createIdentityHandlers } from './identity.ts';
import { createMachineHandlers, type MachineHandlerDeps } from './machine.ts';
import { createProcessHandlers } from './process.ts';
import { createPtyHandler } from './pty.ts';
import { createSshHandlers } from './ssh.ts';
import { createListenHandlers } from './tcp-listen.ts';
import { createTcpHandler } from './tcp.ts';
import type { Updates } from '../update/updates.ts';

export interface HandlerDeps extends MachineHandlerDeps, EngineHandlerDeps {
  readonly spawn: SpawnGroup;
  readonly projectDirectory: string;
  readonly supervisor: Supervisor;
  readonly engine: ChangeSetEngine;
  readonly events: EventBuffer;
  readonly ptyHost: PtyHostClient;
  readonly sshServer: SshServer;
  readonly ports: PortTable;
  readonly gitBroker: Broker;
  readonly models: Pick<Models, 'handlers'>;
  readonly updates: Pick<Updates, 'handler' | 'report'>;
  readonly secrets: Pick<Secrets, 'handlers'>;
  readonly log: AgentLog;
  readonly recoveredPath: string;
  readonly self: Self;
}

export function createHandlers(deps: HandlerDeps): Handlers {
  const scope = workspaceScope(deps.environment);
  const sign = createReceiptSigner(deps.self);
  const readDisk = createDiskGauge(deps.projectDirectory);
  return {
    exec: createExecHandler(deps),
    pty: createPtyHandler(deps.ptyHost),
    tcp: createTcpHandler(deps.ports),
    ...createListenHandlers(),
    ...createSshHandlers(deps),
    ...createEngineHandlers(deps),
    'files.list': createFilesListHandler(deps),
    'files.read': createFilesReadHandler(deps.projectDirectory),
    'git-credentials': deps.gitBroker.handler,
    ...deps.models.handlers,
    ...deps.secrets.handlers(deps),
    'change-set.apply': createChangeSetHandler(deps.engine, sign, deps.events.emit),
    ...createProcessHandlers(deps),
    ...createMachineHandlers(deps),
    update: deps.updates.handler,
    ...createIdentityHandlers(deps.self),
    events: createEventsHandler({
      events: deps.events,
      supervisor: deps.supervisor,
      ports: createPortWatch({
        table: deps.ports,
        events: deps.events,
        log: (text) => deps.log('warn', text),
      }),
      heartbeat: () =>
        measureAgent({
          processes: deps.supervisor.runningCount,
          workspace: platform.processes.measure(scope),
          disk: readDisk(),
          // Local workspaces share the network of their machine: what goes over it is not theirs alone.
          network: sharesMachine(deps.environment) ? undefined : platform.machine.traffic(),
        }),
      async reportPast() {
        await reportRecovered(deps.recoveredPath, deps.events, sign);
        await deps.updates.report();
      },
    }),
  };
}
