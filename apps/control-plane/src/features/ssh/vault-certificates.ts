import { readCertificate, type Certificate } from '@spt-flow/ssh/certificate';
import { parsePublicLine } from '@spt-flow/ssh/keys';
import { SshFormatError } from '@spt-flow/ssh/wire';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import { VaultProblem, type AskVault } from '../secrets/index.ts';
import {
  hostKeyIdOf,
  hostNamesOf,
  principalOf,
  USER_EXTENSIONS,
  VALID_MS,
  type SshCertificates,
} from './ssh-certificates.ts';

/** What the clocks of Vault and of this machine may differ. */
const CLOCKS_MS = 5 * 60_000;

/** VaultSshRole is a role of an SSH engine, which has one authority. */
export interface VaultSshRole {
  readonly mount: string;
  readonly role: string;
}

export interface VaultCertificatesDeps {
  readonly ask: AskVault;
  readonly roles: { readonly users: VaultSshRole; readonly hosts: VaultSshRole };
  readonly clock: Pick<Clock, 'now'>;
}

interface Wanted {
  readonly cert_type: 'user' | 'host';
  readonly public_key: string;
  readonly principals: readonly string[];
  readonly key_id: string;
  readonly extensions?: Readonly<Record<string, ''>>;
}

/** createVaultCertificates has Vault or OpenBao sign; whose private keys stay there. */
export function createVaultCertificates(deps: VaultCertificatesDeps): SshCertificates {
  const { users, hosts } = deps.roles;

  async function sign({ mount, role }: VaultSshRole, { principals, ...wanted }: Wanted) {
    const path = `${mount}/sign/${role}`;
    const key = parsePublicLine(wanted.public_key);
    const line = await fieldOf(deps.ask, {
      ...{ method: 'POST', path, field: 'signed_key' },
      body: { ...wanted, ttl: `${VALID_MS / 1_000}s`, valid_principals: principals.join(',') },
    });
    const read = reading(path, () => readCertificate(line));
    const latest = new Date(deps.clock.now().getTime() + VALID_MS + CLOCKS_MS);
    const fault = faultOf(read, { role: wanted.cert_type, key, principals, latest });
    if (fault !== undefined)
      throw failed(`What Vault signed at "${path}" ${fault}: correct its role`);
    return { ...read, line };
  }

  return {
    async hostAuthority() {
      const path = `${hosts.mount}/config/ca`;
      return requireEd25519(
        path,
        await fieldOf(deps.ask, { method: 'GET', path, field: 'public_key' }),
      );
    },

    async issue(subject) {
      const [user, host] = await Promise.all([
        sign(users, {
          ...{ cert_type: 'user', public_key: subject.userKey, key_id: subject.keyId },
          principals: [principalOf(subject)],
          extensions: Object.fromEntries(USER_EXTENSIONS.map((name) => [name, '' as const])),
        }),
        sign(hosts, {
          ...{ cert_type: 'host', public_key: subject.hostKey, key_id: hostKeyIdOf(subject) },
          principals: hostNamesOf(subject),
        }),
      ]);
      return {
        ...{ user: user.line, host: host.line, serial: user.serial, until: user.validUntil },
        userAuthority: requireEd25519(`${users.mount}/config/ca`, user.authority),
      };
    },
  };
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly field: string;
}

async function fieldOf(ask: AskVault, { field, ...call }: Question): Promise<string> {
  const answer = await ask(call).catch((error: unknown) => {
    throw error instanceof VaultProblem ? failed(error.message, error) : error;
  });
  const value = answer?.data?.[field];
  if (typeof value === 'string') return value.trim();
  throw failed(
    `Vault has no SSH authority or role at "${call.path}": set it up, or correct the settings`,
  );
}

interface Expected {
  readonly role: 'user' | 'host';
  readonly key: Buffer;
  readonly principals: readonly string[];
  readonly latest: Date;
}

/** A role can be set so that it signs more than it is asked for, or something else. */
function faultOf(
  { role, publicKey, principals, validUntil }: Certificate,
  wanted: Expected,
): string | undefined {
  if (role !== wanted.role) return `is not for a ${wanted.role}`;
  if (!publicKey.equals(wanted.key)) return 'is of another key';
  // Vault sorts them.
  if (principals.toSorted().join() !== wanted.principals.toSorted().join())
    return `is for "${principals.join()}" instead of "${wanted.principals.join()}"`;
  return validUntil > wanted.latest ? 'is valid for more than five minutes' : undefined;
}

/** The one kind of key that workspaces and clients know. */
function requireEd25519(path: string, line: string): string {
  return reading(path, () => {
    parsePublicLine(line);
    return line.split(' ').slice(0, 2).join(' ');
  });
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SshFormatError)
      throw failed(
        `The key at "${path}" in Vault is no Ed25519 key: make it with key_type=ed25519`,
        error,
      );
    throw error;
  }
}

function failed(message: string, cause?: unknown): AppError {
  return new AppError('ssh_authority_failed', message, { cause });
}
