import type { ControlPlaneLink } from '@spt-flow/config/agent';
import type { DialSocket } from '@spt-flow/tunnel/websocket/byte-socket';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import type { HttpAnswer } from '../connection/http-request.ts';
import { openLink, type Link } from '../connection/link.ts';

/** Subject is what is known of a machine's way to its control plane before anything was tried. */
export interface Subject {
  readonly link: ControlPlaneLink;
  /** Undefined: nobody has said yet whom to trust. */
  readonly serverKey: string | undefined;
  readonly channelBinding: ChannelBinding | undefined;
  /** Where the joined agent keeps its files; undefined before it has joined. */
  readonly stateDirectory: string | undefined;
}

/** Examined is the subject, and what the steps have learnt of it so far. */
export interface Examined {
  readonly dial: DialSocket;
  /** Throws AgentConfigError when the settings are no good. */
  readSubject(): Promise<Subject>;
  subject?: Subject;
  link?: Link;
  answer?: { readonly http: HttpAnswer; readonly sentMs: number; readonly receivedMs: number };
}

/** Later steps come after the one that opened it. */
export function linkOf({ link }: Examined): Link {
  if (!link) throw new Error('The settings were not read');
  return link;
}

export function subjectOf({ subject }: Examined): Subject {
  if (!subject) throw new Error('The settings were not read');
  return subject;
}

export async function openSubject(examined: Examined): Promise<Link> {
  const subject = await examined.readSubject();
  examined.subject = subject;
  examined.link = await openLink(subject.link, examined.dial);
  return examined.link;
}
