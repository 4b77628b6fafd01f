import { InvalidArgumentError } from 'commander';

/** readUserCode forgives case and dashes: people copy the code by eye. */
export function readUserCode(text: string): string {
  const letters = text.toUpperCase().replace(/[\s-]/g, '');
  if (/^[A-Z]{8}$/.test(letters)) return `${letters.slice(0, 4)}-${letters.slice(4)}`;
  throw new InvalidArgumentError('It must be eight letters, like BDWP-HQPK');
}
