import { readFile } from 'node:fs/promises';
import type { RealVault } from './vault.ts';

const GUIDE = new URL('../../../../docs/guides/secrets.md', import.meta.url);
const HCL = /```hcl\n(.*?)```/gs;
const COMMAND = /^vault (?:secrets enable -path=(\S+)|write (\S+)) (.*)$/gm;

/** policyOfGuide is all that the guide tells operators to permit. */
export async function policyOfGuide(): Promise<string> {
  return Array.from((await readFile(GUIDE, 'utf8')).matchAll(HCL), ([, hcl]) => hcl).join('\n');
}

/** setUpByGuide gives Vault what the guide tells operators to make there. */
export async function setUpByGuide(vault: RealVault): Promise<void> {
  const guide = (await readFile(GUIDE, 'utf8')).replaceAll(/ \\\n\s*/g, ' ');
  for (const [, mount, path = '', rest = ''] of guide.matchAll(COMMAND)) {
    if (mount === undefined) await vault.write(path, pairsOf(rest));
    else await vault.write(`sys/mounts/${mount}`, { type: rest });
  }
}

function pairsOf(words: string): Record<string, string> {
  return Object.fromEntries(
    words
      .replaceAll("'", '')
      .split(' ')
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}
