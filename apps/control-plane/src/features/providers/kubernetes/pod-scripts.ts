import { STATE_PART } from './volume.ts';

/**
 * Makes the folders of the volume, as the account that owns them afterwards; a new home begins with what the image has
 * there. What was interrupted is begun anew.
 */
export const PREPARE = `
set -e
umask 022
cd /parts
mkdir -p ${STATE_PART} "$REVISION"
cd "$REVISION"
mkdir -p workspace shell-history claude-config
if [ ! -d home ]; then
  rm -rf home.new
  mkdir home.new
  cp -R -p "$HOME/." home.new/ 2>/dev/null || :
  mv home.new home
fi
`;

/** Tells programs who they run as, which only the image knows; what people install for themselves comes first. */
export const LAUNCH = `
account=$(grep -m1 "^[^:]*:[^:]*:$(id -u):" /etc/passwd || :)
USER=\${account%%:*}
SHELL=\${account##*:}
export USER LOGNAME="$USER" SHELL="\${SHELL:-/bin/sh}" PATH="$HOME/.local/bin:$PATH"
exec "$@"
`;
