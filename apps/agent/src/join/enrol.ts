import type { AgentConfig } from '@spt-flow/config/agent';
import { TunnelError } from '@spt-flow/tunnel/types';
import { connectToControlPlane } from '../connection/connect.ts';
import { openSelf } from '../connection/self.ts';
import { RefusedError } from '../connection/refused-error.ts';
import { FailureError } from '../console/command.ts';
import { messageOf } from '../system/errors.ts';
import { openStateDirectory } from '../system/state-directory.ts';

const TIMEOUT_MS = 30_000;

/** Spends the token: afterwards the state directory holds all that the agent needs to connect. */
export async function enrol(config: AgentConfig): Promise<void> {
  const state = await openStateDirectory(config.stateDirectory);
  const connect = connectToControlPlane(config, await openSelf(state.identity, Date.now));
  try {
    const tunnel = await connect(AbortSignal.timeout(TIMEOUT_MS));
    tunnel.close('enrolled');
    await tunnel.closed;
  } catch (error) {
    throw explain(error, config.controlPlaneUrl);
  }
}

function explain(error: unknown, url: string): FailureError {
  const cause = { cause: error };
  if (error instanceof RefusedError && error.isFinal) {
    const reason = 'it was used before, it has expired, or its server was removed';
    return new FailureError(`The join code is not valid: ${reason}. Make another`, cause);
  }
  if (error instanceof TunnelError && error.code === 'server_not_trusted') {
    const detail = `${messageOf(error)}. Compare its key`;
    return new FailureError(
      `${url} is not the control plane that was to be joined: ${detail}`,
      cause,
    );
  }
  return new FailureError(`Joining failed: ${messageOf(error)}`, cause);
}
