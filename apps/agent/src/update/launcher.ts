/** Seconds that a new version has, a little more than it takes itself. */
const TRIAL_SECONDS = 90;

const SCRIPT = `#!/bin/sh
# launch <folder of updates> <installed program> <arguments>…
updates=$1
installed=$2
shift 2
child=
asked=

# A signal is passed on; after it nothing is started anew.
pass() {
  asked=$1
  [ -z "$child" ] || kill "-$2" "$child" 2>/dev/null
}
trap 'pass TERM TERM' TERM
trap 'pass INT INT' INT
# A watchdog asks so: whoever hangs hears nothing else.
trap 'pass ABRT KILL' ABRT

look() {
  value=
  [ ! -f "$updates/$1" ] || read -r value <"$updates/$1" || :
}
put() {
  printf '%s\\n' "$2" >"$updates/$1.new" || return 1
  sync "$updates/$1.new" 2>/dev/null || sync
  mv -f "$updates/$1.new" "$updates/$1" || return 1
  sync "$updates" 2>/dev/null || sync
}
drop() {
  rm -f "$updates/$1"
  sync "$updates" 2>/dev/null || sync
}
look_for_slot() {
  look "$1"
  case $value in a | b) ;; *) value= ;; esac
}
go_back() {
  put reverted "$1"
  drop trial
  drop boots
}

while :; do
  look_for_slot current
  slot=$value
  look_for_slot trial
  trial=$value
  # It was decided, and the marks of the way there are left.
  if [ -n "$trial" ] && { [ "$trial" = "$slot" ] || [ -f "$updates/reverted" ]; }; then
    drop trial
    drop boots
    trial=
  fi
  if [ -n "$trial" ]; then
    look boots
    case $value in '' | *[!0-9]*) value=0 ;; esac
    if [ "$value" -ge 3 ]; then
      go_back interrupted
      trial=
    elif [ ! -x "$updates/slots/$trial/spt-flow-agent" ]; then
      go_back missing
      trial=
    elif put boots $((value + 1)); then
      slot=$trial
    else
      trial=
    fi
  fi

  program=$installed
  [ -z "$slot" ] || [ ! -x "$updates/slots/$slot/spt-flow-agent" ] || program=$updates/slots/$slot/spt-flow-agent
  SPT_FLOW_AGENT_LAUNCHER=$$ SPT_FLOW_AGENT_TRIAL=$trial "$program" "$@" &
  child=$!
  [ -z "$asked" ] || kill "-$asked" "$child" 2>/dev/null
  guard=
  if [ -n "$trial" ]; then
    (
      exec >/dev/null 2>&1
      sleep TRIAL_SECONDS
      look_for_slot current
      [ "$value" = "$trial" ] || kill -KILL "$child"
    ) &
    guard=$!
  fi
  code=0
  while :; do
    wait "$child"
    code=$?
    # A signal ends the waiting, and not the child.
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  [ -z "$guard" ] || kill "$guard" 2>/dev/null

  look_for_slot current
  if [ -n "$trial" ] && [ "$value" != "$trial" ]; then
    [ -z "$asked" ] || exit "$code"
    if [ "$code" -eq 137 ]; then go_back 'no answer'; else go_back "ended with code $code"; fi
    continue
  fi
  [ -z "$asked" ] || exit "$code"
  look_for_slot trial
  [ -n "$value" ] || exit "$code"
done
`;

/**
 * launcherScript starts the agent, chooses which of its versions, and takes back one that does not prove itself: that
 * crashes, hangs, cannot connect, or with which the machine lost its power three times. A shell, since it costs next to
 * nothing and shares no code with what it watches. Every mark it leaves is on the disk before it goes on.
 */
export function launcherScript(trialSeconds = TRIAL_SECONDS): string {
  return SCRIPT.replace('TRIAL_SECONDS', String(trialSeconds));
}
