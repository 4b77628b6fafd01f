# METADATA
# title: Images of workspaces
# description: Images come from known registries and are pinned.
# custom:
#   remedy: Push the image to a registry of config.workspace.image_sources and name its digest.
package sptflow.workspace.images

import data.sptflow.lib.pod

about := rego.metadata.chain()[1].annotations

deny contains pod.denial(container.name, sprintf("Image %s comes from elsewhere", [image]), about) if {
	some container in pod.containers
	image := container.spec.image
	not is_from_known_source(image)
}

deny contains pod.denial(container.name, sprintf("Image %s may change: it names no digest", [image]), about) if {
	some container in pod.containers
	image := container.spec.image
	not regex.match(`@sha256:[0-9a-f]{64}$`, image)
}

is_from_known_source(image) if {
	some source in data.config.workspace.image_sources
	startswith(image, source)
}
