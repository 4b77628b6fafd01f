import type { Accent } from './app-settings.ts';

const MAX_TITLE_CHARACTERS = 60;
const MAX_REQUEST_CHARACTERS = 4_000;

/** readable is what the rules look at of a request: they search it again and again, and everybody waits meanwhile. */
export function readable(request: string): string {
  return request.replace(/[^\S\n]+/g, ' ').slice(0, MAX_REQUEST_CHARACTERS);
}

export function capitalise(text: string): string {
  return text.charAt(0).toLocaleUpperCase('en') + text.slice(1);
}

/** unquote removes quotes, white space and a final full stop around what a person typed. */
export function unquote(text: string): string {
  return text
    .trim()
    .replace(/[.!]+$/, '')
    .replace(/^["“”'‘’«»]+|["“”'‘’«»]+$/g, '')
    .trim();
}

const COLOURS: readonly (readonly [RegExp, Accent])[] = [
  [/\b(?:terracotta|orange|brown|warm|copper|coffee)\b/i, 'terracotta'],
  [/\b(?:green|forest|olive|mint)\b/i, 'forest'],
  [/\b(?:blue|ocean|navy|sky)\b/i, 'ocean'],
  [/\b(?:purple|plum|violet|lilac|lavender)\b/i, 'plum'],
  [/\b(?:pink|rose|magenta)\b/i, 'rose'],
  [/\b(?:yellow|amber|gold(?:en)?)\b/i, 'amber'],
  [/\b(?:gr[ae]y|black|graphite|neutral|monochrome)\b/i, 'graphite'],
  [/\b(?:red|crimson|burgundy)\b/i, 'crimson'],
  [/\b(?:teal|turquoise|cyan|petrol)\b/i, 'teal'],
];

/** findColour finds the first colour we know, and how it was called. */
export function findColour(text: string): { accent: Accent; word: string } | undefined {
  for (const [words, accent] of COLOURS) {
    const word = words.exec(text)?.[0];
    if (word !== undefined) return { accent, word: word.toLowerCase() };
  }
  return undefined;
}

/** A name that was given: called "Zoë's", named Zoë's. */
function givenName(request: string): string | undefined {
  const quoted = /\b(?:called|named|titled|with the (?:title|name))\s+["“«](.+?)["”»]/i.exec(
    request,
  )?.[1];
  const plain =
    /\b(?:called|named|titled)\s+(.+?)(?=\s+(?:with|that|which|where|in|for|and)\b|[.,;!?\n]|$)/i.exec(
      request,
    )?.[1];
  return quoted ?? plain;
}

const OWNER =
  /\bfor\s+(?:(?:my|our|the|a|an)\s+)?(.+?)(?=\s+(?:with|that|which|where|who|in|on|and|so|using|called|named|to|about|please)\b|[.,;:!?\n]|$)/i;
const NOBODY = /^(?:me|us|myself|it|this|that|people|everyone|guests|visitors|customers)$/i;

export interface TitleParts {
  readonly noun: string;
  readonly fallback: string;
}

/** titleOf makes a title of a request: "a guestbook for my café" becomes "Café guestbook". */
export function titleOf(request: string, { noun, fallback }: TitleParts): string {
  const name = givenName(request);
  if (name) return unquote(name).slice(0, MAX_TITLE_CHARACTERS);
  const owner = unquote(OWNER.exec(request)?.[1] ?? '');
  if (owner === '' || NOBODY.test(owner) || owner.length > 40) return fallback;
  if (noun !== '' && owner.toLowerCase().includes(noun)) return capitalise(owner);
  if (noun !== '') return capitalise(`${owner} ${noun}`).slice(0, MAX_TITLE_CHARACTERS);
  return owner === owner.toLowerCase() ? `Our ${owner}` : capitalise(owner);
}

const MAX_PLACES = 1000;

/** placesIn finds for how many people something is; undefined when that is not said. */
export function placesIn(text: string): number | undefined {
  const [, number] =
    /\b(\d{1,4}) (?:people|persons?|places?|seats?|spots?|participants?|guests|attendees)\b/i.exec(
      text,
    ) ??
    /\b(?:places?|seats?|spots?)\b[^\d]*\bto (\d{1,4})\b/i.exec(text) ??
    [];
  const places = Number(number);
  return places >= 1 && places <= MAX_PLACES ? places : undefined;
}
