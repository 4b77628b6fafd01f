# METADATA
# title: Kubernetes objects
# description: Pods of a manifest, wherever they stand in it. Input is one object or a List of them.
package sptflow.lib.pod

default objects := []

objects := [input] if input.kind != "List"

objects := input.items if input.kind == "List"

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec} if {
	some object in objects
	object.kind == "Pod"
}

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec.template.spec} if {
	some object in objects
	object.kind in {"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"}
}

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec.jobTemplate.spec.template.spec} if {
	some object in objects
	object.kind == "CronJob"
}

name_of(object) := $"{object.kind}/{object.metadata.name}"

containers contains {"pod": pod, "name": $"{pod.name}/{container.name}", "spec": container} if {
	some pod in pods
	some list in ["containers", "ephemeralContainers", "initContainers"]
	some container in object.get(pod.spec, list, [])
}
