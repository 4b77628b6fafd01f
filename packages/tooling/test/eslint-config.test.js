import path from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SOURCE = 'apps/cli/src/run-cli.ts';
const ENTRY = 'apps/cli/src/bin.ts';
const SHARED = 'packages/shared/src/domain/slug.ts';
const TEST = 'packages/tooling/test/planted.test.js';
const AGENT = 'apps/agent/src/handlers/exec.ts';
const AGENT_READER = 'apps/agent/src/handlers/files-read.ts';
const AGENT_ENGINE = 'apps/agent/src/change-set/flip.ts';
const COMPONENT = 'apps/dashboard/src/App.vue';

let eslint;

beforeAll(() => {
  eslint = new ESLint({ cwd: ROOT });
});

async function brokenRules(file, code) {
  const [result] = await eslint.lintText(code, { filePath: path.join(ROOT, file) });
  return result.messages.map((message) => message.ruleId);
}

const longFunction = `export function f(): void {\n${'  void 0;\n'.repeat(60)}}\n`;

/** Writing outside of the engine of change sets, in each way of saying it. */
const AGENT_WRITES = [
  [AGENT, "import { writeFile } from 'node:fs/promises';"],
  [AGENT, "import { rmSync } from 'fs';"],
  [AGENT, "import { open } from 'node:fs/promises';"],
  [AGENT, "import { promises } from 'node:fs';"],
  [AGENT, "import fs from 'node:fs';"],
  [AGENT, "import * as fs from 'node:fs/promises';"],
  [AGENT_READER, "import { rename } from 'node:fs/promises';"],
];

describe('the lint rules', () => {
  it.each([
    ['no-restricted-syntax', SOURCE, 'export default 1;'],
    ['no-restricted-syntax', SOURCE, "export * from './bin.ts';"],
    ['no-restricted-syntax', SOURCE, 'export const f = () => 1;'],
    [
      'no-restricted-syntax',
      SOURCE,
      'export function f(a: 1, b: 2, c: 3, d: 4) { return [a, b, c, d]; }',
    ],
    ['no-restricted-syntax', TEST, "it('should work', () => {});"],
    ['@typescript-eslint/no-explicit-any', SOURCE, 'export const a: any = 1;'],
    [
      '@typescript-eslint/no-non-null-assertion',
      SOURCE,
      'export function f(a?: string) { return a!; }',
    ],
    ['@typescript-eslint/ban-ts-comment', SOURCE, '// @ts-ignore\nexport const a = 1;'],
    ['@typescript-eslint/no-floating-promises', SOURCE, 'Promise.resolve();'],
    ['no-restricted-properties', SOURCE, "export const a = process.env['A'];"],
    ['no-restricted-properties', SOURCE, 'process.exit(1);'],
    ['no-console', SOURCE, "console.log('a');"],
    ['no-empty', SOURCE, 'try { void 0; } catch {}'],
    ['no-warning-comments', SOURCE, `// ${'TO'}DO later\nexport const a = 1;`],
    ['spt-flow/max-own-lines', SOURCE, longFunction],
    ['max-lines', SOURCE, 'void 0;\n'.repeat(401)],
    ['no-restricted-imports', SHARED, "import 'node:fs';"],
    ['no-restricted-globals', SHARED, 'export const a = process.pid;'],
    [
      'vue/component-api-style',
      COMPONENT,
      '<script lang="ts">\nexport default { data: () => ({}) };\n</script>',
    ],
    ['vue/block-lang', COMPONENT, '<script setup>\nconst a = 1;\n</script>'],
    [
      'vue/no-v-html',
      COMPONENT,
      '<script setup lang="ts"></script><template><p v-html="a" /></template>',
    ],
  ])('%s refuses a violation in %s', async (rule, file, code) => {
    expect(await brokenRules(file, code)).toContain(rule);
  });

  it.each(AGENT_WRITES)('let %s write no files by %s', async (file, code) => {
    expect(await brokenRules(file, code)).toContain('no-restricted-imports');
  });

  it.each([
    ['environment in an entry file', ENTRY, "export const a = process.env['A'];"],
    ['reading in the agent', AGENT, "export { readFile } from 'node:fs/promises';"],
    [
      'writing in the engine of change sets',
      AGENT_ENGINE,
      "export { rm } from 'node:fs/promises';",
    ],
    ['a default export of a tool configuration', 'vitest.config.ts', 'export default {};'],
    [
      'an empty catch with its reason',
      SOURCE,
      'try {\n  void 0;\n} catch {\n  // Absent is as good as empty.\n}',
    ],
  ])('accept %s', async (_, file, code) => {
    expect(await brokenRules(file, code)).toEqual([]);
  });
});
