import { readFile } from 'node:fs/promises';
import { runInThisContext } from 'node:vm';
import { Window } from 'happy-dom';

/** A process of its own, since Mermaid takes this one for a browser: node parse-diagrams.mjs <mermaid.min.js> <file>… */
const [mermaid, ...files] = process.argv.slice(2);
const window = new Window();
Object.assign(globalThis, { window, document: window.document });
runInThisContext(await readFile(mermaid, 'utf8'), { filename: mermaid });

let failed = false;
for (const file of files) {
  try {
    await globalThis.mermaid.parse(await readFile(file, 'utf8'));
  } catch (error) {
    process.stderr.write(`${file}: ${error.message}\n`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
