# METADATA
# title: Mounts of workspaces
# description: A workspace sees volumes of its own, no part of the machine and no key of the cluster.
# custom:
#   remedy: Use a persistentVolumeClaim, emptyDir or configMap, and automountServiceAccountToken false.
package sptflow.workspace.mounts

import data.sptflow.lib.pod

about := rego.metadata.chain()[1].annotations

deny contains pod.denial(found.name, sprintf("Volume %s is of a kind that is not allowed: %s", [volume.name, kind]), about) if {
	some found in pod.pods
	some volume in object.get(found.spec, "volumes", [])
	some kind in (object.keys(volume) - {"name"})
	not kind in data.config.workspace.volume_kinds
}

deny contains pod.denial(found.name, "It gets a token of the cluster", about) if {
	some found in pod.pods
	object.get(found.spec, "automountServiceAccountToken", true) != false
}
