import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateBlob, issueCertificate, type CertificateRequest } from '../src/certificate.ts';
import {
  exportKey,
  generateKey,
  importKey,
  parsePublicLine,
  privateKeyFile,
  publicLine,
} from '../src/keys.ts';
import { SshFormatError } from '../src/wire.ts';

const authority = generateKey();
const key = generateKey();
const REQUEST: CertificateRequest = {
  role: 'user',
  publicKey: publicLine(key),
  serial: 18_446_744_073_709_551_615n,
  keyId: 'user:ada session 1',
  principals: ['dev@one', 'dev@two'],
  validFrom: new Date('2026-01-02T03:04:05Z'),
  validUntil: new Date('2026-01-02T03:09:05Z'),
  extensions: ['permit-pty', 'permit-agent-forwarding'],
};
let folder: string;

beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-ssh-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function keygen(content: string, ...args: string[]): Promise<string> {
  const file = path.join(folder, 'key');
  await rm(file, { force: true });
  await writeFile(file, content, { mode: 0o600 });
  return execFileSync('ssh-keygen', [...args, '-f', file], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
}

describe('what OpenSSH reads', () => {
  it('is a user certificate, field by field', async () => {
    const shown = await keygen(issueCertificate(authority, REQUEST), '-L');

    const lines = shown.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'Type: ssh-ed25519-cert-v01@openssh.com user certificate',
        'Key ID: "user:ada session 1"',
        'Serial: 18446744073709551615',
        'Valid: from 2026-01-02T03:04:05 to 2026-01-02T03:09:05',
        'dev@one',
        'dev@two',
        'Critical Options: (none)',
      ]),
    );
    expect(lines.slice(lines.indexOf('Extensions:') + 1, -1)).toEqual([
      'permit-agent-forwarding',
      'permit-pty',
    ]);
  });

  it('is a host certificate', async () => {
    const shown = await keygen(issueCertificate(authority, { ...REQUEST, role: 'host' }), '-L');

    expect(shown).toContain('ssh-ed25519-cert-v01@openssh.com host certificate');
  });

  it('is a private key, of which it finds the public one', async () => {
    expect((await keygen(privateKeyFile(key), '-y')).trim()).toBe(publicLine(key));
  });
});

describe('a key', () => {
  it('is the same after it was stored', () => {
    expect(publicLine(importKey(exportKey(key)))).toBe(publicLine(key));
  });

  it.each([
    '',
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB',
    'ssh-ed25519 AAAA',
    publicLine(key).slice(0, -8),
    `ssh-ed25519 ${Buffer.concat([Buffer.from(publicLine(key).slice(12), 'base64'), Buffer.from('x')]).toString('base64')}`,
    `x${publicLine(key)}`,
    `\n${publicLine(key)}`,
  ])('is not %j', (line) => {
    expect(() => parsePublicLine(line)).toThrow(SshFormatError);
  });

  it('may have a comment', () => {
    expect(parsePublicLine(`${publicLine(key)} ada@example.com`)).toHaveLength(32);
  });
});

describe('a certificate', () => {
  it('is found in its line', () => {
    const line = issueCertificate(authority, REQUEST);

    expect(certificateBlob(`${line}\n`).toString('base64')).toBe(line.split(' ')[1]);
    expect(() => certificateBlob(publicLine(key))).toThrow(SshFormatError);
  });
});
