import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, Math.floor(length / 256), length % 256];
  const head = [tag, ...(length < 128 ? [length] : long)];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

const ecdsaWithSha256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const commonName = Buffer.from('0603550403', 'hex');
const subjectAltName = Buffer.from('0603551d11', 'hex');

function name(text: string): Buffer {
  return sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(text)))));
}

function time(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

/** A self-signed certificate for an IPv4 address that exists only during the test. */
export function createCertificate(address: readonly number[] = [127, 0, 0, 1]): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const names = sequence(der(0x87, Buffer.from(address)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name('test'),
    sequence(time('200101000000Z'), time('491231000000Z')),
    name('test'),
    publicKey,
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, names)))),
  );
  const signature = sign('sha256', body, privateKey);
  const bits = der(0x03, Buffer.from([0]), signature);
  const base64 = sequence(body, ecdsaWithSha256, bits).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
