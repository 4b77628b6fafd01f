import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StartError } from './start-error.ts';

/** Renewals replace the files: one look a minute is soon enough, and works on every kind of file system. */
const LOOK_INTERVAL_MS = 60_000;

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** loadCertificate reads a certificate and its key; StartError when they are no pair. */
export function loadCertificate(files: CertificateFiles): Certificate {
  try {
    return read(files);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `The certificate "${files.certFile}" with the key "${files.keyFile}" can't be used (${reason}): check --tls-cert and --tls-key`,
      { cause },
    );
  }
}

/** followCertificate takes over a renewed certificate for connections to come; returns what ends it. */
export function followCertificate(options: {
  readonly files: CertificateFiles;
  readonly present: Certificate;
  readonly apply: (certificate: Certificate) => void;
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number;
}): () => void {
  let present = options.present;

  function look(): void {
    try {
      // While only one of the two was replaced they are no pair, and the present one stays.
      const found = read(options.files);
      if (found.cert === present.cert && found.key === present.key) return;
      options.apply(found);
      present = found;
    } catch (error) {
      options.onError(error);
    }
  }

  const timer = setInterval(look, options.intervalMs ?? LOOK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function read({ certFile, keyFile }: CertificateFiles): Certificate {
  const certificate = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  // A secure context takes empty files, e.g. of a renewal that is half done.
  const isPair = new X509Certificate(certificate.cert).checkPrivateKey(
    createPrivateKey(certificate.key),
  );
  if (!isPair) throw new Error('the key belongs to another certificate');
  createSecureContext(certificate);
  return certificate;
}
