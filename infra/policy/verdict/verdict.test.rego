package sptflow.verdict_test

import data.sptflow.verdict

test_denials_name_their_rule if {
	{denial.rule | some denial in verdict.workspace} == {"mounts"} with input as data.workspace.mounts.samples.disallowed
}

test_allowed_samples_pass_all_rules if {
	count(verdict.workspace) == 0 with input as data.workspace.privileges.samples.allowed
}

test_rules_of_two_words_are_written_with_a_hyphen if {
	"module-sources" in {denial.rule | some denial in verdict.terraform} with input as data.terraform["module-sources"].samples.disallowed
}

test_denials_are_whole if {
	some denial in verdict.workspace with input as data.workspace.limits.samples.disallowed
	object.keys(denial) == {"reason", "remedy", "resource", "rule", "title"}
}
