# METADATA
# title: Images of workspaces
# description: Images come from known places, and are pinned where that is asked for.
# custom:
#   remedy: Choose an image of image_sources, and name its digest where pinned_images is true.
package sptflow.workspace.images

import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial(container.name, $"Image {container.image} is none of the permitted: {workload.words(workload.limits.image_sources)}", about) if {
	some container in workload.containers
	container.image != null
	not workload.is_matched(container.image, workload.limits.image_sources)
}

deny contains workload.denial(container.name, $"Image {container.image} may change: it names no digest", about) if {
	some container in workload.containers
	container.image != null
	workload.limits.pinned_images != false
	not regex.match(`@sha256:[0-9a-f]{64}$`, container.image)
}
