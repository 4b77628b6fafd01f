package sptflow.workspace.privileges_test

import data.sptflow.workspace.privileges

samples := data.workspace.privileges.samples

test_allowed_sample_passes if count(privileges.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in privileges.deny} == {"Pod/privileged/main", "Pod/escalating/main", "Pod/capable/main", "Pod/adding/main", "StatefulSet/root/main", "Pod/sharing"} with input as samples.disallowed
}
