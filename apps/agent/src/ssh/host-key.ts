import { join } from 'node:path';
import { generateKey, privateKeyFile, publicLine } from '@spt-flow/ssh/keys';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { makeDirectory } from '../system/private-files.ts';

export interface HostKey {
  /** Of the private key, which sshd reads itself. */
  readonly path: string;
  readonly publicKey: string;
}

/** openHostKey returns the key by which this workspace is known, made at the first connection and kept. */
export async function openHostKey(directory: string): Promise<HostKey> {
  await makeDirectory(directory);
  const path = join(directory, 'host_key');
  const publicPath = `${path}.pub`;
  const known = await readIfThere(publicPath);
  if (known !== undefined) return { path, publicKey: known.trim() };
  const key = generateKey();
  await writeDurably(path, privateKeyFile(key));
  // Last: without it the other one is not complete.
  await writeDurably(publicPath, `${publicLine(key)}\n`);
  return { path, publicKey: publicLine(key) };
}
