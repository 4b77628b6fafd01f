const ID_BYTES = 16;

/** randomId returns 128 random bits as hex; unlike `crypto.randomUUID` it also works on plain http origins. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
