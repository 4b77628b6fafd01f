const USER_CODE = /^[A-Z]{4}-[A-Z]{4}$/;

/** toUserCode forgives dashes and case: people copy the code by eye. */
export function toUserCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z]/g, '');
  return letters.length === 8 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : typed.toUpperCase();
}

export function isUserCode(code: string): boolean {
  return USER_CODE.test(code);
}
