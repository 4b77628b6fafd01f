import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkspaceSpec } from '../provider.ts';
import { gitConfigOf } from '../git-config.ts';

const PROFILE = `# Read by login shells.
if [ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ]; then
  . "$HOME/.bashrc"
fi
`;

/** writeHomeFiles gives a new home what a shell and git need to be pleasant; files that are there stay as they are. */
export async function writeHomeFiles(home: string, spec: WorkspaceSpec): Promise<void> {
  const files = {
    '.profile': PROFILE,
    '.bashrc': bashConfig(spec.name),
    '.gitconfig': gitConfigOf(spec.owner),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeUnlessPresent(path.join(home, name), text);
  }
}

async function writeUnlessPresent(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

/** Terminals are closed without a word, so history is written after each command. */
function bashConfig(workspaceName: string): string {
  return `# Read by interactive shells of this workspace. It is yours to change.
case $- in *i*) ;; *) return ;; esac
PS1='${workspaceName.replace(/[^\w.-]/g, '')}:\\w\\$ '
HISTSIZE=10000
HISTFILESIZE=20000
HISTCONTROL=ignoreboth
PROMPT_COMMAND='history -a'
shopt -s histappend checkwinsize
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
if [ -r /usr/share/bash-completion/bash_completion ]; then
  . /usr/share/bash-completion/bash_completion
fi
`;
}
