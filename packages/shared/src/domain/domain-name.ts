const MAX_NAME_CHARACTERS = 253;
/** Before the name where its proof is looked for: `_spt-flow.` has to fit too. */
export const PROOF_LABEL = '_spt-flow';
const MAX_DOMAIN_CHARACTERS = MAX_NAME_CHARACTERS - PROOF_LABEL.length - 1;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What would make a URL of it, or an address. */
const FOREIGN = /[\s/\\?#@:[\]%*<>"'`{}|^]/;
/** Nobody can own a name below these. */
const UNOWNED = new Set(['localhost', 'local', 'internal', 'invalid', 'onion', 'arpa', 'alt']);

export type DomainNameReading =
  | { readonly ok: true; readonly name: string }
  /** What is wrong with it, in plain words. */
  | { readonly ok: false; readonly fault: string };

/**
 * readDomainName brings a domain to the one form that the DNS has for it, however it was typed: letters of other
 * alphabets become `xn--…`, so that what looks like another name is seen to be another one.
 */
export function readDomainName(text: string): DomainNameReading {
  const typed = text.trim();
  if (typed.includes('*')) return refuse('A * stands for many names: give each one by itself');
  if (typed === '' || typed.length > MAX_NAME_CHARACTERS + 1 || FOREIGN.test(typed))
    return refuse('Give a name alone, such as shop.example.org, without https:// and paths');
  const name = asciiName(typed);
  if (name === undefined || !name.split('.').every((label) => LABEL.test(label)))
    return refuse('It is not a domain name: letters, digits and dashes, with dots between');
  if (name.length > MAX_DOMAIN_CHARACTERS) return refuse('It is too long for the DNS');
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  if (/^\d/.test(last)) return refuse('It is an address: give a name that leads to it');
  if (labels.length < 2 || UNOWNED.has(last))
    return refuse('It is no public name: give one that you own, such as shop.example.org');
  return { ok: true, name };
}

/** isWithin is true for the name itself and for all below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** Browsers' own rules, which also know the dots of other scripts. One dot at the end is the DNS's way to say the same. */
function asciiName(typed: string): string | undefined {
  const address = `http://${typed}`;
  if (!URL.canParse(address)) return undefined;
  const name = new URL(address).hostname.replace(/\.$/, '');
  return isDecodable(name) ? name : undefined;
}

/** Newer runtimes read `xn--…` only where another label is not of ASCII, and let what is none pass elsewhere. */
function isDecodable(name: string): boolean {
  return !/(^|\.)xn--/.test(name) || URL.canParse(`http://é.${name}`);
}

function refuse(fault: string): DomainNameReading {
  return { ok: false, fault };
}
