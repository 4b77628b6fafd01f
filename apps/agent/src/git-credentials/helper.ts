import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  GitCredentialAnswerSchema,
  type GitCredentialQuestion,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { messageOf } from '../system/errors.ts';

const CONNECT_LIMIT_MS = 20_000;

interface HelperCall {
  /** Path of the agent's socket, then what git wants: `get`, `store` or `erase`. */
  readonly args: readonly string[];
  readonly input: Readable;
  note(text: string): void;
}

/**
 * runCredentialHelper is the program that git asks (gitcredentials(7)); it answers what to print. It never fails: git
 * then asks its next helper. What git wants to be stored or forgotten is not kept here in the first place.
 */
export async function runCredentialHelper({ args, input, note }: HelperCall): Promise<string> {
  const [path, operation] = args;
  if (path === undefined || operation !== 'get') return '';
  const { protocol = '', host = '', path: repository } = readAttributes(await text(input));
  // Git asks for the passwords of proxies and certificates in the same way.
  if (protocol !== 'https' && protocol !== 'http') return '';
  const question = { id: 1, protocol, host, ...(repository !== undefined && { path: repository }) };
  try {
    const { credential, reason } = await ask(path, question);
    if (credential) return `username=${credential.username}\npassword=${credential.password}\n`;
    if (reason !== undefined) note(`spt-flow: ${reason}. Try: spt-flow git login ${host}`);
  } catch (error) {
    note(`spt-flow: no token from the control plane: ${messageOf(error)}`);
  }
  return '';
}

function readAttributes(input: string): Readonly<Record<string, string | undefined>> {
  const pairs = input.split('\n').map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

async function ask(path: string, question: GitCredentialQuestion) {
  const socket = connect(path);
  socket.setTimeout(CONNECT_LIMIT_MS, () => socket.destroy(new Error('no answer in time')));
  await once(socket, 'connect');
  socket.write(`${JSON.stringify(question)}\n`);
  return GitCredentialAnswerSchema.parse(JSON.parse(await text(socket)));
}
