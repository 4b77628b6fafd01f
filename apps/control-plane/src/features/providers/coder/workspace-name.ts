const PREFIX = 'flow-';
/** A UUID as digits and small letters. */
const DIGITS = 25;
const NAME = new RegExp(`^${PREFIX}([0-9a-z]{${DIGITS}})$`);
const RADIX = 36;

/**
 * nameInCoder says what a workspace is called there: at most 32 characters are permitted. It says which one it is, so
 * nothing has to be kept to find it again, and to make it twice is an error of Coder's.
 */
export function nameInCoder(workspaceId: string): string {
  const number = BigInt(`0x${workspaceId.replaceAll('-', '')}`);
  return PREFIX + number.toString(RADIX).padStart(DIGITS, '0');
}

/** workspaceIdOf is undefined for what was not made by spt-flow. */
export function workspaceIdOf(name: string): string | undefined {
  const digits = NAME.exec(name)?.[1];
  if (digits === undefined) return undefined;
  let number = 0n;
  for (const digit of digits) number = number * BigInt(RADIX) + BigInt(parseInt(digit, RADIX));
  const hex = number.toString(16).padStart(32, '0');
  if (hex.length > 32) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
