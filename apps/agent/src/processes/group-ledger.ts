import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, membersOfGroup, readBootId } from '../system/proc.ts';
import { signalGroup } from './process-group.ts';

/**
 * GroupLedger remembers on disk which process groups the agent started, so that the next agent
 * ends what a killed one left behind.
 */
export interface GroupLedger {
  add(groupId: number): void;
  remove(groupId: number): void;
  /** Kills recorded groups that still run, and forgets them; returns their number. */
  killLeftOver(): number;
}

export function createGroupLedger(directory: string): GroupLedger {
  const bootId = readBootId();

  function killLeftOver(): number {
    let killed = 0;
    for (const name of readdirSync(directory)) {
      const [groupId, startTicks, recordedBoot] = parseName(name);
      if (
        recordedBoot === bootId &&
        isSameGroup(groupId, startTicks) &&
        signalGroup(groupId, 'SIGKILL')
      )
        killed += 1;
      rmSync(join(directory, name));
    }
    return killed;
  }

  return {
    add(groupId) {
      const startTicks = identifyProcess(groupId)?.startTicks;
      if (startTicks !== undefined)
        writeFileSync(join(directory, `${groupId}.${startTicks}.${bootId}`), '');
    },
    remove(groupId) {
      for (const name of readdirSync(directory)) {
        if (name.startsWith(`${groupId}.`)) rmSync(join(directory, name));
      }
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
  const leader = identifyProcess(groupId);
  if (leader) return leader.startTicks === startTicks;
  const members = membersOfGroup(groupId);
  return members.length > 0 && members.every((member) => member.startTicks >= startTicks);
}
