export const INSTALL_SCRIPT_PATH = '/agents/v1/install.sh';
export const PROGRAMS_PATH = '/agents/v1/programs';

/** What this machine is, and whether it has what the rest needs. */
const MACHINE = String.raw`case "$(uname -s)" in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) fail 'Only Linux machines and Macs can join' ;;
esac
[ "$(id -u)" = 0 ] || fail 'Installing a service needs root: put sudo in front of sh'
checksum=sha256sum
[ "$system" = linux ] || checksum=shasum
for tool in curl "$checksum" mktemp; do
  command -v "$tool" >/dev/null || fail "This machine has no $tool: install it and run this again"
done
[ "$system" = linux ] || checksum='shasum -a 256'
case "$(uname -m)" in
  x86_64 | amd64) target=$system-x64 ;;
  aarch64 | arm64) target=$system-arm64 ;;
  *) fail "There is no agent for $(uname -m)" ;;
esac
# Where both libraries of C are, the usual one is the system's.
if [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
  for loader in /lib/ld-musl-*; do
    [ ! -e "$loader" ] || target="$target-musl"
  done
fi
`;

/** The program that runs by itself, or else the one for the machine's own Node.js. */
const INSTALL = String.raw`if fetch "spt-flow-agent-$target"; then
  chmod 0755 "$folder/spt-flow-agent-$target"
  case "$target" in
    # What was added to Bun has to be signed anew; the signature says nothing but that the file is whole.
    darwin-*) codesign --force --sign - "$folder/spt-flow-agent-$target" 2>/dev/null ||
      fail 'codesign fails, without which macOS runs nothing' ;;
    *-musl) "$folder/spt-flow-agent-$target" --version >/dev/null 2>&1 ||
      fail 'The agent does not run here: it needs Alpine 3.17 or newer, and its package libstdc++ (apk add libstdc++)' ;;
  esac
  "$folder/spt-flow-agent-$target" install "$@"
elif has_node && fetch "pty-$target.node"; then
  fetch agent.cjs
  fetch parsers.cjs
  mv "$folder/pty-$target.node" "$folder/pty.node"
  node "$folder/agent.cjs" install "$@"
else
  fail "spt-flow has no program for $target: build it there, or install Node.js 20.19 or newer here"
fi
`;

/** installScript needs nothing on the machine but a shell, curl and the basic tools; what it fetches is checked. */
export function installScript(url: string): string {
  return `#!/bin/sh
# Installs the spt-flow agent of ${url} as a service. The join code comes by a pipe, or is asked for.
# Options are those of 'spt-flow-agent install': sh -c "$(curl -fsSL '${url}${INSTALL_SCRIPT_PATH}')" install --help
set -eu
programs='${url}${PROGRAMS_PATH}'

fail() {
  printf 'spt-flow: %s\\n' "$*" >&2
  exit 1
}

${MACHINE}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP
curl -fsSL --retry 3 -o "$folder/sums" "$programs" || fail "$programs does not answer"

# True when there is such a program; ends the installation when it arrives damaged.
fetch() {
  grep "  $1\\$" "$folder/sums" >"$folder/sum" || return 1
  printf 'Fetching %s\\n' "$1" >&2
  curl -fsSL --retry 3 -o "$folder/$1" "$programs/$1" || fail "$1 could not be fetched"
  (cd "$folder" && $checksum -c sum >/dev/null) || fail "$1 arrived damaged: run this again"
}

has_node() {
  command -v node >/dev/null || return 1
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}

${INSTALL}`;
}
