const MAX_CHARACTER_BYTES = 4;

/** wholeCharacters returns how many bytes end with a whole character of UTF-8; what is none anyway counts as whole. */
export function wholeCharacters(bytes: Buffer): number {
  const { length } = bytes;
  for (let back = 1; back < MAX_CHARACTER_BYTES && back <= length; back += 1) {
    const byte = bytes[length - back] ?? 0;
    // A byte within a character: the first one is before it.
    if ((byte & 0xc0) === 0x80) continue;
    return lengthAfter(byte) > back ? length - back : length;
  }
  return length;
}

function lengthAfter(firstByte: number): number {
  if (firstByte >= 0xf0 && firstByte < 0xf8) return 4;
  if (firstByte >= 0xe0 && firstByte < 0xf0) return 3;
  return firstByte >= 0xc0 && firstByte < 0xe0 ? 2 : 1;
}
