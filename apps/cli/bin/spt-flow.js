#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const program = new URL('../dist/spt-flow.js', import.meta.url);

if (existsSync(program)) {
  // Faster starts where this Node has it (22.8 and later).
  module.enableCompileCache?.();
  await import(program.href);
} else {
  process.stderr.write('spt-flow is not built yet. Try: npm run build\n');
  process.exitCode = 1;
}
