import type { KeyObject } from 'node:crypto';
import { exportKey, generateKey, importKey } from '@spt-flow/ssh/keys';
import { createSealedBox } from '../../lib/sealed-box.ts';

const USER = 'ssh-user-authority';
const HOST = 'ssh-host-authority';

/** SshAuthorities certify who may log in to workspaces, and which host is which workspace. */
export interface SshAuthorities {
  readonly user: KeyObject;
  readonly host: KeyObject;
}

export interface SshAuthoritiesDeps {
  /** Values of the installation: of several starters, the first one's hold. */
  readonly repository: {
    establish(values: Readonly<Record<string, string>>): Promise<Record<string, string>>;
  };
  readonly secretKey: string;
}

/** openSshAuthorities reads the keys, or makes them at the first start; they are stored encrypted only. */
export async function openSshAuthorities(deps: SshAuthoritiesDeps): Promise<SshAuthorities> {
  const box = createSealedBox(deps.secretKey, 'ssh-authorities/v1');
  const fresh = (name: string) => box.seal(name, exportKey(generateKey()));
  const stored = await deps.repository.establish({ [USER]: fresh(USER), [HOST]: fresh(HOST) });
  const key = (name: string) => importKey(box.open(name, stored[name] ?? ''));
  return { user: key(USER), host: key(HOST) };
}
