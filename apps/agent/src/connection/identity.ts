import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { JoinStateSchema } from '@spt-flow/shared/agent-protocol/handshake';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from '@spt-flow/tunnel/handshake-crypto';
import type { AgentState } from '@spt-flow/tunnel/handshake-agent';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { ignoring } from '../system/errors.ts';

const AgentStateSchema = z.object({
  agentId: z.uuid(),
  workspaceId: z.uuid(),
  controlPlaneId: z.uuid(),
  joinState: JoinStateSchema,
});

/** Reads the agent's key, or makes it: it is on the disk before anybody hears of it. */
export async function loadIdentity(path: string): Promise<SigningKey> {
  const text = await ignoring(['ENOENT'], () => readFile(path, 'utf8'));
  if (text !== undefined) return importSigningKey(Buffer.from(text, 'base64'));
  const key = generateSigningKey();
  await writeDurably(path, exportSigningKey(key).toString('base64'));
  return key;
}

/** What the control plane last confirmed; undefined before the agent enrolled. */
export async function readAgentState(path: string): Promise<AgentState | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : AgentStateSchema.parse(JSON.parse(text));
}

export async function writeAgentState(path: string, state: AgentState): Promise<void> {
  await writeDurably(path, JSON.stringify(state));
}
