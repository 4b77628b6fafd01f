import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';
import {
  shape,
  shapeOfTests,
  typedRules,
  typedRulesOfTests,
  typescriptRules,
} from './eslint-shape.js';
import { BROWSER_GLOBALS, NODE_GLOBALS } from './globals.js';
import { maxOwnLines } from './max-own-lines.js';

const SOURCES = ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts'];
const TYPED_TESTS = [
  '**/*.test.ts',
  '{apps,packages}/*/test/**/*.ts',
  '**/testing/**/*.ts',
  'e2e/**/*.ts',
];
const TESTS = [...TYPED_TESTS, '**/*.test.{js,mjs}'];
/** Tools want their configuration as the default export. */
const TOOL_CONFIGS = ['**/*.config.{js,ts,mjs}'];
/** The only sources that touch the process: where programs begin, and where configuration is read. */
const ENTRY_FILES = ['apps/*/src/{main,server,bin,installation}.ts', 'packages/config/src/**'];
/** What the agent may take from the file system outside of its change-set engine. */
const FILE_READERS = [
  ...['access', 'accessSync', 'constants', 'lstat', 'readFile', 'readFileSync'],
  ...['readSync', 'readdir', 'readdirSync', 'stat', 'FileHandle'],
];
const FILE_WRITERS = [
  'apps/agent/src/{change-set,install,log-spool,system,update}/**/*.ts',
  'apps/agent/src/processes/group-ledger.ts',
];
/** It opens for reading, without following links. */
const FILE_OPENER = 'apps/agent/src/handlers/files-read.ts';
const IGNORED = ['**/dist/**', '.cache/**', 'coverage/**', '**/app-templates/**', '**/*.d.ts'];

/** eslintConfig is the whole configuration, for paths relative to the repository. */
export function eslintConfig(rootDirectory) {
  return defineConfig(
    { ignores: IGNORED },
    {
      extends: [js.configs.recommended],
      plugins: { 'spt-flow': { rules: { 'max-own-lines': maxOwnLines } } },
      languageOptions: { globals: NODE_GLOBALS },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: shape,
    },
    typed(rootDirectory),
    dashboard(),
    {
      files: ['apps/dashboard/public/*.js'],
      languageOptions: { globals: BROWSER_GLOBALS, sourceType: 'script' },
    },
    { files: TESTS, rules: shapeOfTests },
    { files: TYPED_TESTS, ignores: ['apps/dashboard/**'], rules: typedRulesOfTests },
    processOnlyInEntryFiles(),
    sharedRunsEverywhere(),
    ...agentWritesInItsEngine(),
    { files: [...TOOL_CONFIGS, '**/*.vue'], rules: { 'no-restricted-syntax': 'off' } },
  );
}

function typed(rootDirectory) {
  return {
    files: ['**/*.ts'],
    ignores: ['apps/dashboard/**', ...TOOL_CONFIGS],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: rootDirectory } },
    rules: typedRules,
  };
}

/** vue-tsc checks the dashboard's types; reading them a second time here would double the cost. */
function dashboard() {
  return {
    files: ['apps/dashboard/**/*.{ts,vue}', ...TOOL_CONFIGS],
    extends: [tseslint.configs.strict, vue.configs['flat/essential']],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      ...typescriptRules,
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
    },
  };
}

function processOnlyInEntryFiles() {
  const message = 'Pass configuration in: only entry files and packages/config touch the process';
  const restricted = ['env', 'exit'].map((property) => ({ object: 'process', property, message }));
  return {
    files: SOURCES,
    ignores: [...ENTRY_FILES, ...TESTS],
    rules: { 'no-console': 'error', 'no-restricted-properties': ['error', ...restricted] },
  };
}

function sharedRunsEverywhere() {
  const message = 'The shared package also runs in browsers';
  const globals = ['process', 'Buffer', 'global', 'window', 'document'].map((name) => ({
    name,
    message,
  }));
  return {
    files: ['packages/shared/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message }] }],
      'no-restricted-globals': ['error', ...globals],
    },
  };
}

function agentWritesInItsEngine() {
  const files = ['apps/agent/src/**/*.ts'];
  return [
    { files, ignores: [...FILE_WRITERS, FILE_OPENER, ...TESTS], rules: only(FILE_READERS) },
    { files: [FILE_OPENER], rules: only([...FILE_READERS, 'open']) },
  ];
}

function only(allowImportNames) {
  const message = 'Only change sets write files: add what is missing to change-set/ or system/';
  const paths = ['node:fs', 'node:fs/promises', 'fs', 'fs/promises'].map((name) => ({
    name,
    allowImportNames,
    message,
  }));
  return { 'no-restricted-imports': ['error', { paths }] };
}
