# METADATA
# title: Encryption at rest
# description: Disks, databases, logs, images, backups and secrets are encrypted.
# custom:
#   remedy: Set the encryption of the resource, with the key of the module encryption.
package sptflow.terraform.encryption

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

deny contains plan.denial(change, "The storage is not encrypted", about) if {
	some type in {"aws_db_instance", "aws_rds_cluster"}
	some change in plan.of_type(type)
	object.get(change.change.after, "storage_encrypted", null) != true
}

deny contains plan.denial(change, "A disk is not encrypted", about) if {
	some change in plan.of_type("aws_launch_template")
	some mapping in change.change.after.block_device_mappings
	some disk in mapping.ebs
	object.get(disk, "encrypted", null) != "true"
}

deny contains plan.denial(change, "The volume is not encrypted", about) if {
	some change in plan.of_type("aws_ebs_volume")
	object.get(change.change.after, "encrypted", null) != true
}

deny contains plan.denial(change, "The log has no key", about) if {
	some change in plan.of_type("aws_cloudwatch_log_group")
	not plan.is_set(change, "kms_key_id")
}

deny contains plan.denial(change, "The record of calls has no key", about) if {
	some change in plan.of_type("aws_cloudtrail")
	not plan.is_set(change, "kms_key_id")
}

deny contains plan.denial(change, "Secrets of the cluster are not encrypted", about) if {
	some change in plan.of_type("aws_eks_cluster")
	count([config | some config in object.get(change.change.after, "encryption_config", []); "secrets" in config.resources]) == 0
}

deny contains plan.denial(change, "Images are not encrypted with a key of ours", about) if {
	some change in plan.of_type("aws_ecr_repository")
	count([config | some config in object.get(change.change.after, "encryption_configuration", []); config.encryption_type == "KMS"]) == 0
}

# Each bucket has an encryption resource in the same module.
deny contains plan.denial(change, "No aws_s3_bucket_server_side_encryption_configuration goes with the bucket", about) if {
	some change in plan.of_type("aws_s3_bucket")
	wanted := replace(change.address, "aws_s3_bucket.", "aws_s3_bucket_server_side_encryption_configuration.")
	not wanted in encrypted_buckets
}

encrypted_buckets contains change.address if {
	some change in plan.of_type("aws_s3_bucket_server_side_encryption_configuration")
	some rule in change.change.after.rule
	some setting in rule.apply_server_side_encryption_by_default
	setting.sse_algorithm == "aws:kms"
}
