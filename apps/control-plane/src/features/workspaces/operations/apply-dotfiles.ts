import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import { GIT_ENVIRONMENT } from './git-environment.ts';
import type { OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import type { TransitionRun } from '../transitions/index.ts';
import { runScript } from './workspace-script.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

const LIMIT_SECONDS = 300;

/**
 * Once for each home directory and setting: what the owner changed afterwards stays. A failure is tried again at the
 * next start. Without a program to run, files are linked, and what was in their place is kept beside them.
 */
const SCRIPT = `
set -eu
url=$1 script=$2
place="\${XDG_DATA_HOME:-$HOME/.local/share}/spt-flow"
dir="$place/dotfiles" mark="$place/dotfiles-applied"
[ "$(cat "$mark" 2>/dev/null)" != "$url $script" ] || exit 0
rm -rf "$dir"
mkdir -p "$place"
git clone --depth=1 -- "$url" "$dir"
cd "$dir"
if [ -n "$script" ] && [ ! -f "$script" ]; then
  echo "The repository has no file $script" >&2
  exit 1
fi
for name in "$script" install.sh install bootstrap.sh bootstrap script/bootstrap setup.sh setup script/setup; do
  [ -n "$name" ] && [ -f "$name" ] || continue
  echo "Running $name"
  chmod u+x "$name"
  "./$name"
  echo "$url $script" > "$mark"
  exit 0
done
for name in .[!.]*; do
  case $name in .git | .github | .gitignore | .gitmodules | .gitattributes) continue ;; esac
  [ -e "$name" ] || continue
  target="$HOME/$name"
  if [ -d "$target" ] && [ ! -L "$target" ]; then
    echo "$name stays: there is such a directory already"
    continue
  fi
  if [ -e "$target" ] && [ ! -L "$target" ]; then mv -f "$target" "$target.before-dotfiles"; fi
  ln -sfn "$dir/$name" "$target"
  echo "Linked $name"
done
echo "$url $script" > "$mark"
`;

/** applyDotfiles gives the owner the home directory that they are used to. Other people's machines stay as they are. */
export async function applyDotfiles(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  if (!deps.providers.of(workspace).ownsMachine) return;
  const { ownerId: userId, organizationId } = workspace;
  const wanted = await deps.dotfilesOf?.({ userId, organizationId });
  if (!wanted || !isRepositoryUrl(wanted.repositoryUrl)) return;
  const { repositoryUrl, installScript } = wanted;
  await runScript(
    deps,
    { workspace, run },
    {
      step: STEPS.dotfiles,
      name: 'Applying the dotfiles',
      argv: ['sh', '-c', SCRIPT, 'dotfiles', repositoryUrl, installScript ?? ''],
      environment: GIT_ENVIRONMENT,
      limitSeconds: deps.dotfilesLimitSeconds ?? LIMIT_SECONDS,
    },
  );
}
