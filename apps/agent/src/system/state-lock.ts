import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemCode } from './errors.ts';
import { identifyProcess, readBootId } from './proc.ts';

/**
 * Takes the state directory for this process; throws when another agent lives in it.
 * A lock whose owner is gone is taken over.
 */
export function lockState(path: string): void {
  const own = identifyProcess(process.pid);
  const content = JSON.stringify([process.pid, own?.startTicks ?? 0, readBootId()]);
  if (tryCreate(path, content)) return;
  if (isOwnerAlive(readFileSync(path, 'utf8')))
    throw new Error(`Another agent already uses '${path}'`);
  rmSync(path);
  if (!tryCreate(path, content)) throw new Error(`Another agent already uses '${path}'`);
}

function tryCreate(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function isOwnerAlive(content: string): boolean {
  const match = /^\[(\d+),(\d+),"([^"]*)"\]$/.exec(content);
  if (match?.[3] !== readBootId()) return false;
  return identifyProcess(Number(match[1]))?.startTicks === Number(match[2]);
}
