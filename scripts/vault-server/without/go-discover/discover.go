// Package discover finds nobody: in place of the libraries of fourteen clouds.
package discover

import (
	"errors"
	"log"
)

var errLeftOut = errors.New("discovery is left out of this Vault")

type Provider interface{}

type Discover struct{}

type Option func(*Discover) error

type Config map[string]string

var Providers = map[string]Provider{}

func New(...Option) (*Discover, error) { return &Discover{}, nil }

func WithProviders(map[string]Provider) Option { return nil }

func (*Discover) Addrs(string, *log.Logger) ([]string, error) { return nil, errLeftOut }

func Parse(string) (Config, error) { return nil, errLeftOut }

func (Config) String() string { return "" }
