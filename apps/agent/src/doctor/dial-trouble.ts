import { TunnelError } from '@spt-flow/tunnel/types';
import { messageOf, systemCode } from '../system/errors.ts';
import { Trouble } from './step.ts';

const UNTRUSTED =
  'If an authority of your own signed the certificate, give its PEM file with --ca-file; behind a proxy that looks into TLS, that of the proxy. Certificates that this system trusts: /etc/ssl/certs/ca-certificates.crt or /etc/pki/tls/certs/ca-bundle.crt';
const CLOCK =
  "Compare this machine's clock with another (`date`): `timedatectl set-ntp true` keeps it right. If it is right, the certificate of the control plane must be renewed";
const NOT_TLS =
  'Something else than TLS answers there: check the port, and whether the address must start with http';

/** By the code that the system or the TLS library gives. */
const CERTIFICATE_TROUBLES: Readonly<Record<string, readonly [detail: string, remedy: string]>> = {
  CERT_HAS_EXPIRED: ['The certificate has expired', CLOCK],
  CERT_NOT_YET_VALID: ['The certificate is not valid yet', CLOCK],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'The certificate is for another name',
    "Use the name that the certificate is for as the control plane's address, or give it a certificate for this one",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['The certificate is signed by itself', UNTRUSTED],
  SELF_SIGNED_CERT_IN_CHAIN: ['The certificate is signed by an unknown authority', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT: ['The certificate is signed by an unknown authority', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'The certificate is signed by an unknown authority',
    UNTRUSTED,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['The certificate is signed by an unknown authority', UNTRUSTED],
};

const CONNECTION_REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: check that it runs, its port, and the firewall of its host',
  EHOSTUNREACH: "There is no way to that host: check this machine's network and routes",
  ENETUNREACH: 'This machine has no way out: check its network and its default route',
};
const SILENT =
  'Nobody answers: a firewall on the way drops the packets. Open the port for this machine, or set HTTPS_PROXY';
const CUT = 'The connection was cut: look for a firewall or proxy on the way that looks into it';

/** Why a plain connection to `place` failed. */
export function connectionTrouble(error: unknown, place: string): Trouble {
  const code = causeCode(error);
  const isSilent = isTimeout(error) || code === 'ETIMEDOUT';
  const remedy = isSilent ? SILENT : (CONNECTION_REMEDIES[code] ?? CUT);
  const reason = isSilent ? 'no answer' : messageOf(error);
  return new Trouble(`Cannot connect to ${place}: ${reason}`, remedy, { cause: error });
}

export function tlsTrouble(error: unknown): Trouble {
  const code = causeCode(error);
  const known = CERTIFICATE_TROUBLES[code];
  if (known) return new Trouble(`${known[0]}: ${messageOf(error)}`, known[1], { cause: error });
  const isOtherProtocol = code === 'EPROTO' || code.startsWith('ERR_SSL');
  return new Trouble(`TLS fails: ${messageOf(error)}`, isOtherProtocol ? NOT_TLS : CUT, {
    cause: error,
  });
}

function causeCode(error: unknown): string {
  return (error instanceof TunnelError ? systemCode(error.cause) : systemCode(error)) ?? '';
}

function isTimeout(error: unknown): boolean {
  return error instanceof TunnelError && error.code === 'connect_timeout';
}
