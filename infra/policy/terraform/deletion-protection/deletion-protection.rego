# METADATA
# title: Deletion protection
# description: What holds data is protected, and ends only when somebody has approved it by name.
# custom:
#   remedy: Set deletion_protection, or list the address in config.approved_deletions for this one plan.
package sptflow.terraform.deletion_protection

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

protected_types := {"aws_backup_vault", "aws_cloudtrail", "aws_eks_cluster", "aws_kms_key", "aws_rds_cluster", "aws_s3_bucket"}

deny contains plan.denial(change, "It holds data and would be deleted", about) if {
	some change in input.resource_changes
	change.type in protected_types
	"delete" in change.change.actions
	not change.address in data.config.approved_deletions
}

deny contains plan.denial(change, "It can be deleted by one call", about) if {
	plan.pattern in {"pubsec", "sr-ha"}
	some type in {"aws_eks_cluster", "aws_rds_cluster"}
	some change in plan.of_type(type)
	object.get(change.change.after, "deletion_protection", null) != true
}

deny contains plan.denial(change, "No last copy is made", about) if {
	plan.pattern in {"pubsec", "sr-ha"}
	some change in plan.of_type("aws_rds_cluster")
	object.get(change.change.after, "skip_final_snapshot", null) != false
}
