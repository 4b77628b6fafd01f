import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. Every script works from here, wherever it was called. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export function inRoot(...parts) {
  return path.join(ROOT, ...parts);
}
