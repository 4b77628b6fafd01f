/** The first V8 that is told otherwise when code is hot enough to be optimized. */
const V8_WITHOUT_BUDGET = 12;
const HEAP_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=48'];
/**
 * Keeps the optimizing compiler away until code is really hot: its pages alone are 4 MiB, which a few change sets would
 * bring in. Node.js 22 and later refuse to start with it.
 */
const BUDGET_FLAG = '--interrupt-budget=10000000';

/** agentNodeFlags are what a Node.js with this V8 (`process.versions.v8`) takes to keep the agent as small as it promises. */
export function agentNodeFlags(v8Version: string): string[] {
  return Number.parseInt(v8Version, 10) < V8_WITHOUT_BUDGET
    ? [...HEAP_FLAGS, BUDGET_FLAG]
    : HEAP_FLAGS;
}
