import { createHmac } from 'node:crypto';

/** keyCheck tells whether two keys are the same; nobody learns the key from it. */
export function keyCheck(key: string): string {
  return createHmac('sha256', key).update('spt-flow: the key of this backup').digest('hex');
}
