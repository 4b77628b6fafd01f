import { readFileSync, readdirSync } from 'node:fs';

/** findAgent looks below the control plane for the resident agent, not for its helpers or its sandbox. */
export function findAgent(ancestor: number): number {
  const agents = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isAgent(pid) && hasAncestor(pid, ancestor));
  const [agent, ...others] = agents;
  if (agent === undefined || others.length > 0)
    throw new Error(`Found ${agents.length} agents instead of one`);
  return agent;
}

function isAgent(pid: number): boolean {
  const [program = '', ...args] = readProc(pid, 'cmdline').split('\0');
  const isHelper = args.includes('pty-host') || args.includes('stage');
  return (
    /(^|\/)(node|bun|spt-flow-agent)$/.test(program) &&
    args.some((arg) => arg.endsWith('agent.cjs')) &&
    !isHelper
  );
}

function hasAncestor(pid: number, ancestor: number): boolean {
  if (pid === ancestor) return true;
  const parent = Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
  return parent > 1 && hasAncestor(parent, ancestor);
}

function readProc(pid: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
