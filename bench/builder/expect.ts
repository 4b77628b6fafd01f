/** Failed is a check of a request that did not hold. */
class Failed extends Error {
  override readonly name = 'Failed';
}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Failed(what);
}

export function checkText(text: string, wanted: string | RegExp): void {
  const holds = typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  check(holds, `${String(wanted)} is missing in: ${text.slice(0, 300)}`);
}
