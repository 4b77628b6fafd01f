export { createHookRunner, type HookRunner } from './hook-runner.ts';
