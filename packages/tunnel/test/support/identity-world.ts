import { randomUUID } from 'node:crypto';
import type { ClonePolicy } from '../../src/handshake/admission.ts';
import type { AgentCredential, AgentState } from '../../src/handshake/agent.ts';
import {
  generateSigningKey,
  hashJoinToken,
  type SigningKey,
  toBase64url,
} from '../../src/handshake/crypto.ts';
import type { MachineFacts } from '../../src/handshake/messages.ts';
import { grantJoinState } from '../../src/handshake/join-state.ts';
import { createPorts, HandshakeRig, machine, type Message, TOKEN } from './handshake-rig.ts';
import { rotateOver, type Connected } from './rotation-rig.ts';

/** Where a handshake or a rotation breaks off. */
export const FAULTS = ['challenge', 'proof', 'welcome', 'persist', 'ack'] as const;
export type Fault = (typeof FAULTS)[number] | undefined;

interface Disk {
  readonly key: SigningKey;
  readonly nextKey?: SigningKey;
  readonly state?: AgentState;
}

/** Lineage is one identity with all copies of its disk. */
export interface Lineage {
  readonly token: string;
  readonly mode: 'enrol' | 'fork';
  /** Somebody copied or restored a disk: whoever of them comes second is asked about. */
  isCopied: boolean;
}

/** Instance is a machine with a disk, and maybe a connection. */
export interface Instance {
  readonly lineage: Lineage;
  machine: MachineFacts;
  disk: Disk;
  /** Earlier states of the disk. */
  readonly backups: Disk[];
  connection: (Connected & { readonly agentId: string }) | undefined;
}

/** World is a control plane, its database's backups, and machines that come and go. */
export class World {
  readonly rig = new HandshakeRig();
  readonly instances: Instance[] = [];
  #epoch = 1;
  #backup: { restore(): void } | undefined;
  #count = 0;

  constructor(policy: ClonePolicy) {
    this.rig.store.clonePolicy = policy;
    this.#add({ token: TOKEN, mode: 'enrol', isCopied: false }, { key: generateSigningKey() });
  }

  at(index: number): Instance {
    const instance = this.instances[index % this.instances.length];
    if (!instance) throw new Error('The world is empty');
    return instance;
  }

  rowOf({ disk }: Instance) {
    return this.rig.store.agents.get(disk.state?.agentId ?? '');
  }

  /** The restored database is older than the agent or its token. */
  isForgotten({ disk, lineage }: Instance): boolean {
    const { agents, tokens } = this.rig.store;
    return disk.state ? !agents.has(disk.state.agentId) : !tokens.has(hashJoinToken(lineage.token));
  }

  /** Dials as the agent does: with the next key first, where there is one. */
  async connect(instance: Instance, fault?: Fault): Promise<string> {
    const { nextKey, key } = instance.disk;
    instance.connection = undefined;
    const outcome = nextKey ? await this.#dial(instance, nextKey, fault) : 'refused';
    return outcome === 'refused' ? this.#dial(instance, key, fault) : outcome;
  }

  /** The server learns of it, or takes it for alive until somebody asks. */
  async disconnect(instance: Instance, isTold: boolean): Promise<void> {
    const { connection } = instance;
    instance.connection = undefined;
    if (connection && isTold) {
      await this.rig.store.endSession(connection.agentId, connection.proven.sessionId);
    }
  }

  async reboot(instance: Instance): Promise<void> {
    await this.disconnect(instance, false);
    instance.machine = { ...instance.machine, bootId: `boot-${this.#next()}` };
  }

  copy(instance: Instance, isOtherMachine: boolean): void {
    instance.lineage.isCopied = true;
    const copy = this.#add(instance.lineage, instance.disk);
    const { machineFingerprint } = isOtherMachine ? copy.machine : instance.machine;
    copy.machine = { ...copy.machine, machineFingerprint };
  }

  async restoreDisk(instance: Instance, index: number): Promise<void> {
    const backup = instance.backups[index % Math.max(1, instance.backups.length)];
    if (!backup) return;
    await this.reboot(instance);
    instance.lineage.isCopied = true;
    instance.disk = backup;
  }

  /** A copy that becomes an agent of its own. */
  fork(instance: Instance): void {
    const token = `sptf_fork_${toBase64url(Buffer.alloc(24, this.#next()))}`;
    const workspaceId = randomUUID();
    this.rig.store.issue(token, { mode: 'fork', workspaceId });
    const lineage = { token, mode: 'fork', isCopied: false } as const;
    this.#add(lineage, { key: generateSigningKey() }).machine = {
      ...instance.machine,
      bootId: `boot-${this.#next()}`,
    };
  }

  async rotate(instance: Instance, fault?: Fault): Promise<void> {
    const { connection, disk } = instance;
    if (!connection || !disk.state) return;
    const nextKey = disk.nextKey ?? generateSigningKey();
    instance.disk = { ...disk, nextKey };
    const lost = LOST_ROTATION[fault ?? 'persist'];
    const [, server] = await rotateOver(this.rig, {
      ...{ connection, nextKey, key: disk.key, state: disk.state, epoch: this.#epoch },
      relay: (message) => (fault && message['type'] === lost ? null : message),
      persist: async (state) => {
        if (fault === 'persist') throw new Error('Disk is full');
        this.#store(instance, { key: nextKey, state });
      },
    });
    if (server.status === 'fulfilled')
      instance.connection = { ...connection, proven: server.value };
  }

  /** The live connections answer whether they live; those that do get a newer state than any copy has. */
  async settleSuspicions(renews = true): Promise<void> {
    const { store } = this.rig;
    for (const [agentId, row] of store.agents) {
      if (row.quarantine?.state !== 'suspected') continue;
      const holder = this.owners(agentId)[0];
      if (row.sessionId && !holder) await store.endSession(agentId, row.sessionId);
      store.setQuarantine(agentId, holder ? 'open' : 'none');
      if (holder && renews) await this.#renew(holder);
    }
  }

  /** Connections that the server takes for the agent. */
  owners(agentId: string): Instance[] {
    const sessionId = this.rig.store.agents.get(agentId)?.sessionId;
    return this.instances.filter(
      ({ connection }) =>
        connection?.agentId === agentId && connection.proven.sessionId === sessionId,
    );
  }

  backUp(): void {
    this.#backup = { restore: this.rig.store.snapshot() };
  }

  /** The operator restores the database and raises the epoch. */
  restoreDatabase(): boolean {
    if (!this.#backup) return false;
    this.#backup.restore();
    this.#epoch += 1;
    return true;
  }

  /** Knows the ids, records what it hears, has a key of its own. */
  async attack(instance: Instance, recorded: readonly Message[]): Promise<void> {
    const { state } = instance.disk;
    if (!state) return;
    const key = generateSigningKey();
    await this.rig.run({
      agent: { key, credential: { mode: 'auth', state }, machine: this.#newMachine() },
      server: { controlPlaneEpoch: this.#epoch },
    });
    const ports = createPorts((message) => message);
    const { runServerHandshake } = await import('../../src/handshake/server.ts');
    const server = runServerHandshake(this.rig.serverOptions(ports.server));
    for (const message of recorded.slice(0, 3)) ports.agent.send(message);
    setImmediate(() => ports.server.closed('gone'));
    await server.catch(() => undefined);
  }

  /** What the agent sent in its last handshake. */
  recorded: Message[] = [];

  async #dial(instance: Instance, key: SigningKey, fault: Fault): Promise<string> {
    const sent: Message[] = [];
    const { agent, server } = await this.rig.run({
      relay: (message, from) => {
        if (from === 'agent') sent.push(message);
        return message['type'] === fault ? null : message;
      },
      agent: {
        ...{ key, credential: credentialOf(instance), machine: instance.machine },
        persist: async (state) => {
          if (fault === 'persist') throw new Error('Disk is full');
          this.#store(
            instance,
            key === instance.disk.nextKey ? { key, state } : { ...instance.disk, state },
          );
        },
      },
      server: { controlPlaneEpoch: this.#epoch },
    });
    this.recorded = sent;
    if (agent.status === 'rejected') return String((agent.reason as { code?: string }).code);
    if (server.status === 'rejected') return String((server.reason as { code?: string }).code);
    const { state, link, controlPlaneKey } = agent.value;
    instance.connection = { agentId: state.agentId, proven: server.value, link, controlPlaneKey };
    return 'connected';
  }

  async #renew(holder: Instance): Promise<void> {
    const { connection, disk } = holder;
    const { store, serverKey: key, serverRuntime: runtime } = this.rig;
    if (!connection || !disk.state) return;
    const { agentId, proven } = connection;
    const generation = await store.stageGeneration(agentId, proven.sessionId);
    if (generation === undefined) return;
    const controlPlaneEpoch = this.#epoch;
    const { keyId } = disk.key;
    const joinState = grantJoinState(
      { key, controlPlaneEpoch, runtime },
      { agentId, keyId, generation },
    );
    this.#store(holder, { ...disk, state: { ...disk.state, joinState } });
    await store.finishGeneration(agentId, proven.sessionId, generation);
  }

  #store(instance: Instance, disk: Disk): void {
    instance.backups.push(instance.disk);
    instance.disk = disk;
  }

  #add(lineage: Lineage, disk: Disk): Instance {
    const instance = {
      lineage,
      disk,
      machine: this.#newMachine(),
      backups: [],
      connection: undefined,
    };
    this.instances.push(instance);
    return instance;
  }

  #newMachine(): MachineFacts {
    const count = this.#next();
    const machineFingerprint = toBase64url(Buffer.alloc(32, count));
    return { ...machine, bootId: `boot-${count}`, machineFingerprint };
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}

const LOST_ROTATION = {
  challenge: 'rotation-challenge',
  proof: 'rotation-proof',
  welcome: 'rotation-welcome',
  persist: undefined,
  ack: 'ack',
} as const;

function credentialOf({ disk, lineage }: Instance): AgentCredential {
  if (disk.state) return { mode: 'auth', state: disk.state };
  return { mode: lineage.mode, token: lineage.token, channelBinding: 'tls-exporter' };
}
