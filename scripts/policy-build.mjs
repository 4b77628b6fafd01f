import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { say } from './lib/progress.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  await ensureInstalled();
  const { writePolicy } = await import('./lib/infra/policy/wasm.mjs');
  say(`The rules are ${await writePolicy()} bytes of WebAssembly`);
  return 0;
});
