# METADATA
# title: Public endpoints
# description: Nothing answers the whole internet; databases answer no part of it.
# custom:
#   remedy: Name the networks that need access, or keep the endpoint inside the VPC.
package sptflow.terraform.public_endpoints

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

everybody := {"0.0.0.0/0", "::/0"}

deny contains plan.denial(change, "The API of the cluster is open to everybody", about) if {
	some change in plan.of_type("aws_eks_cluster")
	some vpc in change.change.after.vpc_config
	vpc.endpoint_public_access != false
	not names_networks(vpc)
}

# None or unknown ones leave it open: that is the default of EKS.
names_networks(vpc) if {
	count(vpc.public_access_cidrs) > 0
	count({cidr | some cidr in vpc.public_access_cidrs} & everybody) == 0
}

deny contains plan.denial(change, "The database can be reached from outside of the VPC", about) if {
	some type in {"aws_db_instance", "aws_rds_cluster_instance"}
	some change in plan.of_type(type)
	object.get(change.change.after, "publicly_accessible", null) != false
}

deny contains plan.denial(change, "A rule lets everybody in", about) if {
	some change in plan.of_type("aws_vpc_security_group_ingress_rule")
	some attribute in ["cidr_ipv4", "cidr_ipv6"]
	change.change.after[attribute] in everybody
}

deny contains plan.denial(change, "A rule inside of the group lets everybody in", about) if {
	some change in plan.of_type("aws_security_group")
	some ingress in change.change.after.ingress
	some attribute in ["cidr_blocks", "ipv6_cidr_blocks"]
	some cidr in ingress[attribute]
	cidr in everybody
}

deny contains plan.denial(change, "The bucket may become public", about) if {
	some change in plan.of_type("aws_s3_bucket_public_access_block")
	some attribute in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	object.get(change.change.after, attribute, null) != true
}
