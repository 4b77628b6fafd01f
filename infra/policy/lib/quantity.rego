# METADATA
# title: Quantities
# description: Numbers as Kubernetes writes them, e.g. 250m and 4Gi. What is none has no value.
package sptflow.lib.quantity

scales := {
	"": 1,
	"k": 1000,
	"M": 1000000,
	"G": 1000000000,
	"T": 1000000000000,
	"P": 1000000000000000,
	"Ki": 1024,
	"Mi": 1048576,
	"Gi": 1073741824,
	"Ti": 1099511627776,
	"Pi": 1125899906842624,
}

value(quantity) := quantity if is_number(quantity)

value(quantity) := to_number(digits) * scales[unit] if {
	is_string(quantity)
	[[_, digits, unit]] := regex.find_all_string_submatch_n(`^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$`, quantity, 1)
}

value(quantity) := to_number(trim_suffix(quantity, "m")) / 1000 if {
	is_string(quantity)
	regex.match(`^[0-9]+m$`, quantity)
}

# A null as the most is no limit.
fits(_, most) if most == null

fits(quantity, most) if value(quantity) <= value(most)
