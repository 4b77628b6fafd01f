import { encodeJoinString, type JoinDetails } from '@spt-flow/config/join-string';
import type { Invitation } from '@spt-flow/shared/api/servers';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isLoopbackUrl } from '@spt-flow/tunnel/websocket/client';
import { INSTALL_SCRIPT_PATH } from './install-script.ts';

/** How machines elsewhere reach this control plane, and how they know it. */
export type ControlPlaneAddress = Omit<JoinDetails, 'token'>;

/** createInvitation words what a person pastes on the machine. */
export function createInvitation(
  address: ControlPlaneAddress,
  { token, expiresAt }: { token: string; expiresAt: Date },
): Invitation {
  const code = encodeJoinString({ ...address, token });
  const script = `sudo sh -c "$(curl -fsSL '${address.url}${INSTALL_SCRIPT_PATH}')"`;
  return {
    code,
    // A pipe from a shell's own word shows in no process list; the space in front keeps it out of most histories.
    command: ` printf %s '${code}' | ${script}`,
    promptCommand: script,
    expiresAt: expiresAt.toISOString(),
    note: isLoopbackUrl(address.url)
      ? `spt-flow answers at ${address.url} only, so only this very machine can join. Start it with --public-url https://… to let others in`
      : null,
  };
}

/** assertReachable refuses what agents refuse: outside of one machine, plain http shows everything to everybody. */
export function assertReachable({ url }: ControlPlaneAddress): void {
  if (!url.startsWith('https:') && !isLoopbackUrl(url)) throw new AppError('https_required');
}
