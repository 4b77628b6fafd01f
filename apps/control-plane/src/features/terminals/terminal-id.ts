import { createHash } from 'node:crypto';

/**
 * agentTerminalId binds a terminal to who opened it: the same id in another person's hands, or for another
 * workspace, names another terminal. Nothing has to be remembered, so it holds across restarts too.
 */
export function agentTerminalId(owner: {
  readonly userId: string;
  readonly workspaceId: string;
  readonly terminalId: string;
}): string {
  const hex = createHash('sha256')
    .update(`${owner.userId}\0${owner.workspaceId}\0${owner.terminalId}`)
    .digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
