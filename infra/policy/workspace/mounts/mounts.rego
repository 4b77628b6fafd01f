# METADATA
# title: Mounts of workspaces
# description: A workspace sees volumes of its own, no part of the machine and no key of the cluster.
# custom:
#   remedy: Use volumes of a kind of volume_kinds, and automountServiceAccountToken false.
package sptflow.workspace.mounts

import data.sptflow.lib.pod
import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial(volume.of, $"Volume {volume.name} is of a kind that is not allowed: {volume.kind}", about) if {
	some volume in workload.volumes
	not workload.is_listed(volume.kind, workload.limits.volume_kinds)
}

deny contains workload.denial(found.name, "It gets a token of the cluster", about) if {
	some found in pod.pods
	object.get(found.spec, "automountServiceAccountToken", true) != false
}
