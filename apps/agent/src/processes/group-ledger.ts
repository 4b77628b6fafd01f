import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import { signalGroup } from './process-group.ts';

const { processes, machine } = platform;
const FULL_DISK = ['ENOSPC', 'EDQUOT'];
const POLL_MS = 10;
/** A killed process that stays this long waits for the kernel, and nothing here can change that. */
const GONE_LIMIT_MS = 5_000;

/**
 * GroupLedger remembers on disk which process groups the agent started, so that the next agent
 * ends what a killed one left behind.
 */
export interface GroupLedger {
  add(groupId: number): void;
  remove(groupId: number): void;
  /** Kills recorded groups that still run, waits for their end and forgets them; returns their number. */
  killLeftOver(): Promise<number>;
}

export function createGroupLedger(directory: string): GroupLedger {
  const bootId = machine.bootId();
  const names = new Map<number, string>();

  /** The recovery of a change set is itself in the ledger of the agent that died. */
  const leftOver = () =>
    readdirSync(directory).filter((name) => parseName(name)[0] !== process.pid);

  async function killLeftOver(): Promise<number> {
    let killed = 0;
    // Again until none is left: what is killed here may have been starting something itself.
    for (let found = leftOver(); found.length > 0; found = leftOver()) {
      for (const name of found) {
        if (await killRecorded(name)) killed += 1;
        rmSync(join(directory, name), { force: true });
      }
    }
    return killed;
  }

  async function killRecorded(name: string): Promise<boolean> {
    const [groupId, startTicks, recordedBoot] = parseName(name);
    if (recordedBoot !== bootId || !isSameGroup(groupId, startTicks)) return false;
    if (!signalGroup(groupId, 'SIGKILL')) return false;
    for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS; waitedMs += POLL_MS) {
      if (processes.membersOfGroup(groupId).length === 0) break;
      await sleep(POLL_MS);
    }
    return true;
  }

  /** On a full disk people must still be able to run what makes room, so an entry may be missing. */
  function record(name: string): void {
    try {
      writeFileSync(join(directory, name), '');
    } catch (error) {
      if (!FULL_DISK.includes(systemCode(error) ?? '')) throw error;
    }
  }

  return {
    add(groupId) {
      const startTicks = processes.identify(groupId)?.startTicks;
      if (startTicks === undefined) return;
      const name = `${groupId}.${startTicks}.${bootId}`;
      names.set(groupId, name);
      record(name);
    },
    remove(groupId) {
      const name = names.get(groupId);
      if (name !== undefined) rmSync(join(directory, name), { force: true });
      names.delete(groupId);
    },
    killLeftOver,
  };
}

function parseName(name: string): [groupId: number, startTicks: number, bootId: string] {
  const [groupId = '', startTicks = '', bootId = ''] = name.split('.');
  return [Number(groupId), Number(startTicks), bootId];
}

/** A leader that started at another time means that the number was given to a stranger. */
function isSameGroup(groupId: number, startTicks: number): boolean {
  if (!Number.isSafeInteger(groupId) || groupId <= 1) return false;
  const leader = processes.identify(groupId);
  if (leader) return leader.startTicks === startTicks;
  const members = processes.membersOfGroup(groupId);
  return members.length > 0 && members.every((member) => member.startTicks >= startTicks);
}
