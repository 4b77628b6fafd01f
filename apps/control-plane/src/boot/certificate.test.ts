import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCertificate, type Certificate } from '@spt-flow/tunnel/testing/certificate';
import { followCertificate, loadCertificate, type CertificateFiles } from './certificate.ts';
import { StartError } from './start-error.ts';

let directory: string;
let files: CertificateFiles;
const first = createCertificate();
const renewed = createCertificate();

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-certificate-'));
  files = { certFile: path.join(directory, 'cert.pem'), keyFile: path.join(directory, 'key.pem') };
  await write(first);
});
afterEach(() => rm(directory, { recursive: true }));

async function write({ cert, key }: Certificate): Promise<void> {
  await writeFile(files.certFile, cert);
  await writeFile(files.keyFile, key);
}

describe('a certificate', () => {
  it('is read with its key', () => {
    expect(loadCertificate(files)).toEqual(first);
  });

  it.each<[string, Partial<Certificate> & { isMissing?: boolean }]>([
    ['is missing', { isMissing: true }],
    ['is no PEM', { cert: 'hello' }],
    ['belongs to another key', { cert: renewed.cert }],
    ['has a key that is still empty', { key: '' }],
  ])(
    'that %s keeps the control plane from starting and names the options',
    async (_what, { isMissing = false, ...changed }) => {
      await write({ ...first, ...changed });
      if (isMissing) await rm(files.certFile);

      expect(() => loadCertificate(files)).toThrow(StartError);
      expect(() => loadCertificate(files)).toThrow('--tls-cert');
    },
  );

  it('is taken over once both files are renewed, not before', async () => {
    const applied: Certificate[] = [];
    const errors: unknown[] = [];
    const stop = followCertificate({
      ...{ files, present: first, intervalMs: 5 },
      apply: (certificate) => void applied.push(certificate),
      onError: (error) => void errors.push(error),
    });

    await writeFile(files.certFile, renewed.cert);
    await vi.waitFor(() => expect(errors).not.toEqual([]));
    expect(applied).toEqual([]);

    await writeFile(files.keyFile, renewed.key);
    await vi.waitFor(() => expect(applied).toEqual([renewed]));
    stop();
  });
});
