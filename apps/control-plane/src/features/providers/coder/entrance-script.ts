import { keptAgent } from '../kept-agent.ts';

/** What the script says to us, in a line of its own. */
export const STARTED = 'SPT-FLOW-STARTED';
export const FAILED = 'SPT-FLOW-FAILED';

export interface Entrance {
  readonly workspaceId: string;
  /** Where the programs of the agent are fetched. */
  readonly programsUrl: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * entranceScript starts our agent beside Coder's, in place of one that runs already. Its folder is below the home
 * directory, which templates keep: then the agent is fetched once, and has its identity for good.
 */
export function entranceScript(entrance: Entrance): string {
  const { workspaceId, programsUrl, settings, environment } = entrance;
  const exports = Object.entries(environment).map(
    ([name, value]) => `export ${name}=${quoted(value)}`,
  );
  // The shell closes the document, with what is known only there.
  const document = JSON.stringify(settings).slice(0, -1);
  return `
workspace=${quoted(workspaceId)}
programs=${quoted(programsUrl)}
document=${quoted(document)}
${PREPARE}${CHOOSE}${END_BEFORE}
${exports.join('\n')}
cd "$project" || exit 1
settings="$document,\\"SPT_FLOW_AGENT_STATE_DIR\\":\\"$root/state\\",\\"SPT_FLOW_AGENT_PROJECT_DIR\\":\\"$project\\"}"
printf '%s\\n' "$settings" | setsid ${keptAgent([]).map(quoted).join(' ')} "$@" >"$root/agent.log" 2>&1 &
${WATCH}`;
}

const PREPARE = `
fail() { printf '${FAILED} %s\\n' "$*"; exit 1; }
[ "$(uname -s)" = Linux ] || fail 'Only Coder workspaces that run Linux can be used'
case "\${HOME:-}" in
  *[\\"\\\\]*) fail 'HOME has a quote in its name' ;;
  /*) ;;
  *) fail 'HOME has to name a folder' ;;
esac
# The executable of the agent reads there whom people are let in as.
USER=\${USER:-$(id -un)}
export USER
for tool in curl sha256sum setsid; do
  command -v "$tool" >/dev/null || fail "The image has no $tool: add it there"
done
case "$(uname -m)" in
  x86_64 | amd64) target=linux-x64 ;;
  aarch64 | arm64) target=linux-arm64 ;;
  *) fail "There is no agent for $(uname -m)" ;;
esac
if [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
  for loader in /lib/ld-musl-*; do
    [ ! -e "$loader" ] || target="$target-musl"
  done
fi
umask 077
root="$HOME/.local/state/spt-flow/$workspace"
project="$HOME/spt-flow/$workspace"
mkdir -p "$root/state" "$root/programs" "$project" || fail "There is no place in $HOME"
cd "$root/programs" || exit 1
curl -fsSL --retry 3 --max-time 60 -o sums "$programs" ||
  fail "The workspace can not reach $programs: its network has to let it, and its image has to trust the certificate"

# True when there is such a program. One that is whole is not fetched again.
fetch() {
  grep "  $1\\$" sums >sum || return 1
  sha256sum -c sum >/dev/null 2>&1 && return
  curl -fsSL --retry 3 -o "$1.part" "$programs/$1" || fail "$1 could not be fetched"
  mv "$1.part" "$1"
  sha256sum -c sum >/dev/null 2>&1 || fail "$1 arrived damaged: start the workspace again"
}

has_node() {
  command -v node >/dev/null || return 1
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}
`;

const CHOOSE = `
if fetch "spt-flow-agent-$target"; then
  chmod 0755 "spt-flow-agent-$target"
  set -- "$root/programs/spt-flow-agent-$target" --config-stdin
elif has_node && fetch "pty-$target.node"; then
  fetch agent.cjs
  fetch parsers.cjs
  ln -sf "pty-$target.node" pty.node
  set -- "$(command -v node)" "$root/programs/agent.cjs" --config-stdin
else
  fail "spt-flow has no program for $target: build it there, or add Node.js 20.19 or newer to the image"
fi
`;

/** The group of a keeper is it and its agent; what they started has groups of its own. One that ended has no command line. */
const END_BEFORE = `
before=$(cat "$root/keeper" 2>/dev/null)
runs() { [ -n "$before" ] && grep -q spt-flow-keeper "/proc/$before/cmdline" 2>/dev/null; }
if runs; then
  kill -TERM "$before" 2>/dev/null
  tries=0
  while runs && [ "$tries" -lt 25 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
  kill -KILL "-$before" 2>/dev/null
fi
`;

/** An agent that can not start ends at once, and its last words say why. */
const WATCH = `
keeper=$!
echo "$keeper" >"$root/keeper"
sleep 0.5
kill -0 "$keeper" 2>/dev/null || fail "the agent ended: $(tail -n 1 "$root/agent.log")"
echo '${STARTED}'
`;

/** quoted makes a text one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
