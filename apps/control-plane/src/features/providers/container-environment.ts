import { GIT_CONFIG, HISTORY_DIRECTORY } from './container-paths.ts';
import { gitConfigOf } from './git-config.ts';
import type { WorkspaceSpec } from './provider.ts';

/** containerEnvironment: what people install for themselves goes to their home, which is kept; so does what their shells remember. */
export function containerEnvironment(home: string): Record<string, string> {
  return {
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    NPM_CONFIG_PREFIX: `${home}/.local`,
    HISTFILE: `${HISTORY_DIRECTORY}/.shell_history`,
    HISTSIZE: '10000',
    SAVEHIST: '10000',
    PROMPT_COMMAND: 'history -a',
    GIT_CONFIG_SYSTEM: GIT_CONFIG,
  };
}

/** systemGitConfig is read by git after what the image says, and before the user's own. */
export function systemGitConfig(owner: WorkspaceSpec['owner']): string {
  return `[include]\n\tpath = /etc/gitconfig\n${gitConfigOf(owner)}`;
}
