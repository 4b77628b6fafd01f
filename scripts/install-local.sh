#!/bin/sh
# install-local.sh [folder]: builds the command line of this working tree and installs it into ~/.local, or the folder.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -d "$root/node_modules" ]; then
  echo "The packages are not installed yet. Try: npm ci, in $root" >&2
  exit 1
fi
mkdir -p "${1:-$HOME/.local}/bin"
folder=$(cd "${1:-$HOME/.local}" && pwd)
program=$folder/bin/spt-flow

node "$root/apps/cli/build.mjs" --out "$folder/lib/spt-flow"
# Named from where it lies, so that the folder may be moved.
ln -sfn ../lib/spt-flow/spt-flow "$program"

echo "Installed $program"
case ":$PATH:" in
*":$folder/bin:"*) ;;
*) echo "Add $folder/bin to PATH to call it as spt-flow" ;;
esac
