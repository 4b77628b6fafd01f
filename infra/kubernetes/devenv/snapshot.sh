#!/bin/sh
# snapshot.sh <keep>: a snapshot of every volume of the workspaces; of each volume, the newest <keep> stay.
# For a daily job of whoever may; needs a CSI driver with snapshots and a default VolumeSnapshotClass.
set -eu

case "${1-}" in
'' | 0 | *[!0-9]*)
  echo 'Usage: snapshot.sh <number to keep, at least 1>' >&2
  exit 64
  ;;
esac

devenv() {
  kubectl --namespace devenv "$@"
}

stamp=$(date -u +%Y%m%d-%H%M%S)
for claim in $(devenv get persistentvolumeclaims -l app.kubernetes.io/name=devenv -o name); do
  volume=${claim#*/}
  devenv create -f - <<MANIFEST
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata:
  name: $volume-$stamp
  labels: { app.kubernetes.io/managed-by: spt-flow, spt-flow/volume: $volume }
spec:
  source: { persistentVolumeClaimName: $volume }
MANIFEST
  # Names end in the time, so their order is that of age.
  devenv get volumesnapshots -l "spt-flow/volume=$volume" -o name | sort -r | tail -n "+$(($1 + 1))" |
    while read -r old; do devenv delete "$old"; done
done
