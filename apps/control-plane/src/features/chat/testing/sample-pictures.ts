import { crc32 } from 'node:zlib';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const DOT = Buffer.from('789c63f8cfc0f01f00050001ff56c72f0d', 'hex');

/** aPng is a file of the given size on paper, with a text that tells about it. */
export function aPng({ width = 2, height = 3, told = 'by Ann at home' } = {}): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('tEXt', Buffer.from(`Author\0${told}`, 'latin1')),
    chunk('IDAT', DOT),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
