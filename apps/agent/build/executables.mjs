import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAgent, TARGETS } from './compile.mjs';

const OUT = fileURLToPath(new URL('../dist', import.meta.url));
const MIB = 1024 * 1024;

const named = process.argv.slice(2);
const targets = named.length > 0 ? named : Object.keys(TARGETS);
const unknown = targets.find((target) => !Object.hasOwn(TARGETS, target));
if (unknown !== undefined) {
  process.stderr.write(
    `There is no platform '${unknown}': choose from ${Object.keys(TARGETS).join(', ')}\n`,
  );
  process.exit(64);
}

await mkdir(OUT, { recursive: true });
const sums = [];
for (const target of targets) {
  const name = `spt-flow-agent-${target}`;
  const { sizeBytes, sha256 } = await compileAgent({ target, outfile: path.join(OUT, name) });
  process.stdout.write(`${name}  ${(sizeBytes / MIB).toFixed(1)} MiB  ${sha256}\n`);
  sums.push(`${sha256}  ${name}\n`);
}
await writeFile(path.join(OUT, 'SHA256SUMS'), sums.join(''));
