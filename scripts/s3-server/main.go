// s3-server is VersityGW without the clouds, for tests: it keeps buckets in a folder, which it is told of with the
// address on which it listens and the key that it accepts.
package main

import (
	"context"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	address, buckets, facts := os.Args[1], os.Args[2], os.Args[3]
	sidecar, err := meta.NewSideCar(facts)
	if err != nil {
		log.Fatal(err)
	}
	backend, err := posix.New(buckets, sidecar, posix.PosixOpts{SideCarDir: facts})
	if err != nil {
		log.Fatal(err)
	}
	err = embedgw.RunVersityGW(context.Background(), backend, &embedgw.Config{
		RootUserAccess:    os.Getenv("S3_ACCESS_KEY_ID"),
		RootUserSecret:    os.Getenv("S3_SECRET_ACCESS_KEY"),
		Ports:             []string{address},
		MaxConnections:    1_000,
		MaxRequests:       1_000,
		MultipartMaxParts: 10_000,
		Quiet:             true,
	})
	if err != nil {
		log.Fatal(err)
	}
}
