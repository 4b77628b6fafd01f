# METADATA
# title: Least privilege
# description: No role may do everything, and no user has a key that stays.
# custom:
#   remedy: Name the actions and the resources, and use roles.
package sptflow.terraform.least_privilege

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

deny contains plan.denial(change, $"Policy {change.change.after.policy_arn} gives everything", about) if {
	some change in plan.changes
	regex.match(`:policy/(job-function/)?(AdministratorAccess|PowerUserAccess|IAMFullAccess)$`, change.change.after.policy_arn)
}

deny contains plan.denial(change, "A statement allows every action on everything", about) if {
	some type in {"aws_iam_policy", "aws_iam_role_policy"}
	some change in plan.of_type(type)
	policy := json.unmarshal(change.change.after.policy)
	some statement in as_list(policy.Statement)
	statement.Effect == "Allow"
	some action in as_list(statement.Action)
	regex.match(`^(\*|[a-z0-9-]+:\*)$`, action)
	"*" in as_list(statement.Resource)
}

deny contains plan.denial(change, "A key that stays would be made", about) if {
	some change in plan.of_type("aws_iam_access_key")
}

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)
