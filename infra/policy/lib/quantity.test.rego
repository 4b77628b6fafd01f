package sptflow.lib.quantity_test

import data.sptflow.lib.quantity

test_units_are_those_of_kubernetes if {
	quantity.value("250m") == 0.25
	quantity.value("4Gi") == 4294967296
	quantity.value("1.5G") == 1500000000
	quantity.value(2) == 2
}

test_what_is_no_quantity_fits_nothing if {
	every text in ["many", "", "-1", "4 Gi", "4gb", null, true, ["4Gi"]] {
		not quantity.fits(text, "1Pi")
	}
}

test_null_is_no_limit if quantity.fits("many", null)
