/**
 * Runs the agent, and starts it again in the same place when it ends otherwise than by its own decision: what it
 * started beside itself, such as terminals, goes on meanwhile. The settings that came over standard input stay in the
 * shell's memory for the next one. An agent that ends by itself soon after its start could not start, and one that is
 * killed three times in a row will be killed again: then all ends, and whoever started it is told with which code.
 *
 * A shell, since it takes a thirtieth of the memory of a second agent.
 */
const SCRIPT = `
IFS= read -r settings
ending= agent= quick=0
trap 'ending=1; kill "$agent" 2>/dev/null' TERM INT
while :; do
  printf %s "$settings" | "$@" &
  agent=$!
  began=$(date +%s)
  wait "$agent"
  code=$?
  [ -z "$ending" ] || { wait "$agent"; exit; }
  case $code in 0 | 64 | 77 | 78) exit "$code" ;; esac
  if [ $(($(date +%s) - began)) -ge 10 ]; then
    quick=0
  elif [ "$code" -lt 128 ] || [ "$quick" -ge 2 ]; then
    exit "$code"
  else
    quick=$((quick + 1))
  fi
  echo "The agent ended with exit code $code and is started again" >&2
done
`;

/** keptAgent is the command line that keeps an agent running which takes its settings from the standard input. */
export function keptAgent(agent: readonly string[]): string[] {
  return ['/bin/sh', '-c', SCRIPT, 'spt-flow-keeper', ...agent];
}
