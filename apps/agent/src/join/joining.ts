import { readAgentConfig, readControlPlaneLink } from '@spt-flow/config/agent';
import { decodeJoinString, type JoinDetails } from '@spt-flow/config/join-string';
import { openIdentity } from '../connection/identity.ts';
import { openLink } from '../connection/link.ts';
import { FailureError, proxyVariables, type CommandContext } from '../console/command.ts';
import { controlPlaneSteps } from '../doctor/control-plane-steps.ts';
import type { Examined } from '../doctor/examined.ts';
import { networkSteps } from '../doctor/network-steps.ts';
import { lineOf } from '../doctor/report.ts';
import { runSteps } from '../doctor/step.ts';
import { openStateDirectory } from '../system/state-directory.ts';
import { askToJoin } from './device-flow.ts';
import { enrol } from './enrol.ts';
import { fetchUpdateRoot } from './update-root.ts';

/** How to join: by a code, or by asking the control plane at an address. */
export type Ticket =
  | { readonly kind: 'code'; readonly details: JoinDetails }
  | { readonly kind: 'ask'; readonly url: string; readonly serverKey: string | undefined };

/** Joined is what the agent's settings need besides its directories. */
export interface Joined {
  readonly url: string;
  readonly serverKey: string;
  readonly channelBinding: string;
  /** Root metadata of the releases to trust; undefined: the control plane has none. */
  readonly updateRoot: string | undefined;
}

export interface JoinOptions {
  readonly url?: string | undefined;
  readonly 'server-key'?: string | undefined;
  readonly 'ca-file'?: string | undefined;
}

/** Undefined: nobody has given one. */
export async function findTicket(
  { terminal }: CommandContext,
  options: JoinOptions,
): Promise<Ticket | undefined> {
  const { url, 'server-key': serverKey } = options;
  if (url !== undefined) return { kind: 'ask', url, serverKey };
  const code = terminal.isInteractive
    ? await terminal.askSecret('Join code:')
    : await terminal.readInput();
  if (code.trim() === '') return undefined;
  return { kind: 'code', details: decodeJoinString(code) };
}

export interface Attempt {
  readonly context: CommandContext;
  readonly ticket: Ticket;
  readonly caFile: string | undefined;
  /** Must be empty and for nobody else to read. */
  readonly stateDirectory: string;
}

/** Becomes an agent of the control plane, with an identity in the state directory; or throws, and nothing has changed. */
export async function joinControlPlane(attempt: Attempt): Promise<Joined> {
  const { context, ticket, caFile, stateDirectory } = attempt;
  const around = { ...proxyVariables(context.environment), SPT_FLOW_AGENT_CA_FILE: caFile };
  await checkTheWay(attempt, around);
  const details = ticket.kind === 'code' ? ticket.details : await ask(attempt, ticket, around);
  const { url, serverKey, channelBinding, token } = details;
  const config = readAgentConfig({
    ...around,
    SPT_FLOW_AGENT_URL: url,
    SPT_FLOW_AGENT_SERVER_KEY: serverKey,
    SPT_FLOW_AGENT_CHANNEL_BINDING: channelBinding,
    SPT_FLOW_AGENT_TOKEN: token,
    SPT_FLOW_AGENT_STATE_DIR: stateDirectory,
    SPT_FLOW_AGENT_PROJECT_DIR: stateDirectory,
  });
  await enrol(config);
  const updateRoot = await fetchUpdateRoot(await openLink(config, context.dial));
  return { url, serverKey, channelBinding, updateRoot };
}

/** The doctor's steps come first: what they find is worth more than the error of an attempt. */
async function checkTheWay({ context, ticket }: Attempt, around: object): Promise<void> {
  const examined: Examined = {
    dial: context.dial,
    async readSubject() {
      const { url, serverKey } = ticket.kind === 'code' ? ticket.details : ticket;
      const channelBinding = ticket.kind === 'code' ? ticket.details.channelBinding : undefined;
      const link = readControlPlaneLink({ ...around, SPT_FLOW_AGENT_URL: url });
      return { link, serverKey, channelBinding, stateDirectory: undefined };
    },
  };
  const steps = [...networkSteps(examined), ...controlPlaneSteps(examined)];
  const results = await runSteps(steps, () => undefined);
  const failed = results.filter(({ result }) => result === 'failed');
  // A clock that is off is worth a word; if it were an obstacle, the certificate would have failed.
  for (const result of failed) context.terminal.tell(lineOf(result));
  if (failed.some(({ step }) => step !== 'clock')) {
    throw new FailureError('Nothing was changed on this machine');
  }
}

async function ask(
  { context, stateDirectory }: Attempt,
  { url, serverKey }: Extract<Ticket, { kind: 'ask' }>,
  around: object,
): Promise<JoinDetails> {
  const settings = readControlPlaneLink({ ...around, SPT_FLOW_AGENT_URL: url });
  const { identity } = await openStateDirectory(stateDirectory);
  const { keyId } = (await openIdentity(identity, Date.now)).key;
  const link = await openLink(settings, context.dial);
  const details = await askToJoin({ link, keyId, serverKey, terminal: context.terminal });
  context.terminal.tell(`Approved as "${details.name}"`);
  return details;
}
