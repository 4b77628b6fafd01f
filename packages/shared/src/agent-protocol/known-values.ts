/** KnownValue is a secret whose value must not be seen. */
export interface KnownValue {
  readonly name: string;
  readonly value: string;
}

/** Shorter ones would hide ordinary words. */
const MIN_CHARACTERS = 8;
const TABLE_SIZE = 1 << 14;

/** Puts names in the place of known values. */
export type Mask = (text: string) => string;

/**
 * createMask finds values as they are, and as programs write them into URLs, JSON and base64, at any offset. A text is
 * looked at in steps of about seven characters (Wu and Manber, 1994), so that lines without any cost next to nothing.
 */
export function createMask(known: readonly KnownValue[]): Mask {
  const names = new Map<string, string>();
  for (const { name, value } of known)
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  if (names.size === 0) return (text) => text;
  const { shifts, byStart } = tablesOf([...names.keys()]);

  function formAt(text: string, start: number): string | undefined {
    return byStart
      .get(text.slice(start, start + MIN_CHARACTERS))
      ?.find((form) => text.startsWith(form, start));
  }

  return (text) => {
    let masked = '';
    let from = 0;
    let at = 0;
    while (at + MIN_CHARACTERS <= text.length) {
      const shift = shifts[pairHash(text, at + MIN_CHARACTERS - 2)] ?? 0;
      const form = shift === 0 ? formAt(text, at) : undefined;
      if (form === undefined) {
        at += Math.max(shift, 1);
        continue;
      }
      masked += `${text.slice(from, at)}[${names.get(form) ?? ''}]`;
      from = at += form.length;
    }
    return from === 0 ? text : masked + text.slice(from);
  };
}

function pairHash(text: string, at: number): number {
  return (text.charCodeAt(at) * 131 + text.charCodeAt(at + 1)) & (TABLE_SIZE - 1);
}

/** How far the search may go on after a pair of characters, and which forms begin with eight given ones. */
function tablesOf(forms: readonly string[]) {
  const shifts = new Uint8Array(TABLE_SIZE).fill(MIN_CHARACTERS - 1);
  const byStart = new Map<string, string[]>();
  // The longest first: of two values of which one begins with the other, all of the longer is hidden.
  for (const form of forms.toSorted((a, b) => b.length - a.length)) {
    for (let at = 0; at <= MIN_CHARACTERS - 2; at += 1) {
      const hash = pairHash(form, at);
      shifts[hash] = Math.min(shifts[hash] ?? 0, MIN_CHARACTERS - 2 - at);
    }
    const start = form.slice(0, MIN_CHARACTERS);
    byStart.set(start, [...(byStart.get(start) ?? []), form]);
  }
  return { shifts, byStart };
}

function formsOf(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const forms = [value, ...(lines.length > 1 ? lines : [])];
  const written = forms.flatMap((form) => [
    form,
    encodeURIComponent(form),
    encodeURIComponent(form).replaceAll('%20', '+'),
    JSON.stringify(form).slice(1, -1),
  ]);
  const encoded =
    bytes.length < MIN_CHARACTERS ? [] : [0, 1, 2].map((offset) => inside(bytes, offset));
  const urlSafe = encoded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([...written, ...encoded, ...urlSafe])].filter(
    (form) => form.length >= MIN_CHARACTERS,
  );
}

/** The characters of base64 that depend on nothing but the value, when so many bytes come before it. */
function inside(bytes: Uint8Array, offset: number): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const whole = btoa(`${'\0'.repeat(offset)}${binary}`).replaceAll('=', '');
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return whole.slice(first, end);
}
