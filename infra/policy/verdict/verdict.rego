# METADATA
# title: Verdicts
# description: What all rules say of an input, each denial with the name of its rule. These are compiled to WebAssembly.
package sptflow.verdict

# METADATA
# entrypoint: true
workspace contains object.union(found, {"rule": replace(name, "_", "-")}) if {
	some name
	some found in data.sptflow.workspace[name].deny
}

# METADATA
# entrypoint: true
terraform contains object.union(found, {"rule": replace(name, "_", "-")}) if {
	some name
	some found in data.sptflow.terraform[name].deny
}
