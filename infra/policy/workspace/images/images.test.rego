package sptflow.workspace.images_test

import data.sptflow.workspace.images

samples := data.workspace.images.samples

test_allowed_sample_passes if count(images.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in images.deny} == {"Pod/elsewhere/main", "Pod/look-alike/main", "Pod/moving/main"} with input as samples.disallowed
}
