#!/bin/sh
# scale.sh <number>: that many workspaces, devenv-0 to devenv-<number - 1>. Fewer keep their volumes, which come back
# with them. The quota of the namespace is the limit.
set -eu

case "${1-}" in
'' | *[!0-9]*)
  echo 'Usage: scale.sh <number of workspaces>' >&2
  exit 64
  ;;
esac

kubectl --namespace devenv scale statefulset devenv --replicas "$1"
# Ready one after the other; a quota that is used up stops here and says so.
if ! kubectl --namespace devenv rollout status statefulset devenv --timeout "${SCALE_TIMEOUT:-5m}"; then
  kubectl --namespace devenv get events --field-selector type=Warning --sort-by .lastTimestamp >&2
  echo "Not all of $1 workspaces run: the warnings above say why" >&2
  exit 1
fi
