// Package resource names nothing: in place of a cloud of Vaults.
package resource

import "errors"

type Resource struct{}

func FromString(string) (Resource, error) {
	return Resource{}, errors.New("the cloud is left out of this Vault")
}
