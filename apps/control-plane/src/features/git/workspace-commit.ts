import type { WorkspaceGit } from './workspace-git.ts';

/** A lock of git older than this is what a killed git left behind. */
const STALE_LOCK_MINUTES = '1';
const SUBJECT_CHARACTERS = 500;
/** Written by the tools that prepare an app; they belong to the change that made them. */
const LOCK_FILES = ['package-lock.json', 'go.sum'];

export interface CommitInput {
  readonly author: { readonly name: string; readonly email: string };
  readonly summary: string;
  readonly conversationId?: string | undefined;
  readonly paths: readonly string[];
}

/** commitInWorkspace commits the paths as they are now and returns the commit; repeating it changes nothing. */
export async function commitInWorkspace(git: WorkspaceGit, input: CommitInput): Promise<string> {
  await git.run({ argv: ['git', 'init', '--quiet', '--initial-branch=main', '.'] });
  await git.tryRun({
    argv: ['find', '.git/index.lock', '-mmin', `+${STALE_LOCK_MINUTES}`, '-delete'],
  });
  const paths = await withoutIgnored(git, [...input.paths, ...LOCK_FILES]);
  await git.run({
    argv: ['git', 'update-index', '--add', '--remove', '-z', '--stdin'],
    input: Buffer.from(paths.map((path) => `${path}\0`).join('')),
  });
  if (await hasStagedChanges(git)) {
    await git.run({
      argv: [
        'git',
        '-c',
        'core.hooksPath=/dev/null',
        '-c',
        'commit.gpgSign=false',
        'commit',
        '--quiet',
        '--no-verify',
        '--file=-',
      ],
      env: identityOf(input.author),
      input: Buffer.from(messageOf(input)),
    });
  }
  return (await git.run({ argv: ['git', 'rev-parse', '--verify', 'HEAD'] })).stdout.trim();
}

async function withoutIgnored(git: WorkspaceGit, paths: readonly string[]): Promise<string[]> {
  const { stdout } = await git.tryRun({
    argv: ['git', 'check-ignore', '-z', '--stdin'],
    input: Buffer.from(paths.map((path) => `${path}\0`).join('')),
  });
  const ignored = new Set(stdout.split('\0'));
  return paths.filter((path) => !ignored.has(path));
}

/** Also true before the first commit, when there is anything to commit. */
async function hasStagedChanges(git: WorkspaceGit): Promise<boolean> {
  const head = await git.tryRun({ argv: ['git', 'rev-parse', '--quiet', '--verify', 'HEAD'] });
  if (head.exitCode !== 0) return true;
  const difference = await git.tryRun({ argv: ['git', 'diff', '--cached', '--quiet'] });
  return difference.exitCode !== 0;
}

function identityOf(author: CommitInput['author']): Record<string, string> {
  const name = plain(author.name) || 'spt-flow';
  const email = plain(author.email);
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

/** One line, so that nobody's summary can add a trailer. */
function messageOf({ summary, conversationId }: CommitInput): string {
  const subject = plain(summary).slice(0, SUBJECT_CHARACTERS) || 'Change';
  return conversationId === undefined
    ? `${subject}\n`
    : `${subject}\n\nConversation: ${conversationId}\n`;
}

function plain(text: string): string {
  return text
    .replace(/[\p{C}<>]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
