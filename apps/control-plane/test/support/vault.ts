import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { ensureVault } from '../../../../scripts/lib/vault-server.mjs';

/** Vault is compiled the first time. */
export const VAULT_TIMEOUT_MS = 900_000;

const InitSchema = z.object({ keys: z.tuple([z.string()]), root_token: z.string() });
const AnswerSchema = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  auth: z.object({ client_token: z.string() }).nullish(),
});

export type RealVault = Awaited<ReturnType<typeof startVault>>;

/** startVault runs Vault itself, initialized and unsealed, with what its operator may do. */
export async function startVault() {
  const child = spawn(await ensureVault(), { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const address = String((await once(lines, 'line'))[0]);
  const calls: string[] = [];
  lines.on('line', (line) => void calls.push(line));

  async function send(method: string, path: string, { body, token = '' }: Sent): Promise<unknown> {
    const headers = { 'X-Vault-Request': 'true', 'X-Vault-Token': token };
    const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(`${address}/v1/${path}`, sent);
    const text = await answer.text();
    if (answer.ok) return text === '' ? {} : JSON.parse(text);
    if (answer.status === 404) return {};
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  }

  const shares = { secret_shares: 1, secret_threshold: 1 };
  const init = InitSchema.parse(await send('PUT', 'sys/init', { body: shares }));
  const ask = async (method: string, path: string, body?: object) =>
    AnswerSchema.parse(await send(method, path, { body, token: init.root_token }));
  const unseal = () => send('PUT', 'sys/unseal', { body: { key: init.keys[0] } });
  await unseal();

  return {
    address,
    /** All that it was asked, as `GET /v1/secret/data/a`. */
    calls,
    unseal,
    read: (path: string) => ask('GET', path),
    list: async (path: string) =>
      z.array(z.string()).parse((await ask('LIST', path)).data?.['keys'] ?? []),
    write: (path: string, body: object = {}) => ask('POST', path, body),
    delete: (path: string) => ask('DELETE', path),
    seal: () => ask('PUT', 'sys/seal'),
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

interface Sent {
  readonly body?: object | undefined;
  readonly token?: string;
}
