module links

go 1.22
