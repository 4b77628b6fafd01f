package sptflow.workspace.images_test

import data.sptflow.workspace.images

samples := data.workspace.images.samples

test_allowed_sample_passes if count(images.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in images.deny} == {"Pod/elsewhere/main", "Pod/look-alike/main", "Pod/moving/main"} with input as samples.disallowed
}

plan := data.lib.samples.plan

test_a_plan_is_held_to_the_same_images if {
	count(images.deny) == 0 with input as plan
	elsewhere := json.patch(plan, [{"op": "replace", "path": "/containers/0/image", "value": "docker.io/library/node:24"}])
	count(images.deny) == 2 with input as elsewhere
}

test_the_image_of_the_control_plane_passes_on_purpose if {
	own := json.patch(plan, [{"op": "replace", "path": "/containers/0/image", "value": null}])
	count(images.deny) == 0 with input as own
}

test_an_image_that_is_not_told_is_denied if {
	unknown := json.patch(plan, [{"op": "remove", "path": "/containers/0/image"}])
	count(images.deny) == 2 with input as unknown
}
