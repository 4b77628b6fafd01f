import type { WorkspaceSpec } from './provider.ts';

/** gitConfigOf says to git who works in the workspace. */
export function gitConfigOf(owner: WorkspaceSpec['owner']): string {
  return [
    '[user]',
    `\tname = ${quoted(owner.name)}`,
    `\temail = ${quoted(owner.email)}`,
    '[init]',
    '\tdefaultBranch = main',
    '',
  ].join('\n');
}

/** A value of git's configuration may hold neither control characters nor bare quotes. */
function quoted(value: string): string {
  return `"${value.replace(/[\0-\x1f\x7f"\\]/g, ' ').trim()}"`;
}
