if [ ! -f go.mod ] || [ "$SPT_FLOW_INSTALL" != true ]; then exit 0; fi
go mod download
