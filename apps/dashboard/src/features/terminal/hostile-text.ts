/** All but tabs and line ends. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

interface Pasted {
  readonly clipboardData: Pick<DataTransfer, 'getData'> | null;
}

/**
 * pastedText is what a paste gives to the program: who wrote the text may have put in what ends the paste, and the rest
 * would run as if it was typed.
 */
export function pastedText(event: Pasted): string {
  return (event.clipboardData?.getData('text/plain') ?? '').replace(CONTROLS, '');
}

/** linkQuestion says where a link leads: programs may write any text over it, and hosts that look like others. */
export function linkQuestion(uri: string): string {
  const { host, href } = new URL(uri);
  return `This link leads to ${host}, whatever its text says:\n\n${href}\n\nOpen it?`;
}
