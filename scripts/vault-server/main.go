// vault-server is Vault as it is, for tests: kept in memory, on loopback, sealed until somebody initializes it. It says
// where it listens, then each request that it gets, and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	kubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/ssh"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	core, err := newCore()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{},
	})
	return http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		fmt.Printf("%s %s\n", request.Method, request.URL.Path)
		handler.ServeHTTP(answer, request)
	}))
}

func newCore() (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Error})
	memory, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:        memory,
		Logger:          logger,
		DisableMlock:    true,
		BuiltinRegistry: noPlugins{},
		CredentialBackends: map[string]logical.Factory{
			"approle":    approle.Factory,
			"kubernetes": kubernetes.Factory,
		},
		LogicalBackends: map[string]logical.Factory{
			"kv":      kv.Factory,
			"leased":  vault.LeasedPassthroughBackendFactory,
			"ssh":     ssh.Factory,
			"transit": transit.Factory,
		},
	})
}

// noPlugins: whatever can be mounted is named above.
type noPlugins struct{}

func (noPlugins) Contains(string, consts.PluginType) bool { return false }

func (noPlugins) Get(string, consts.PluginType) (func() (any, error), bool) { return nil, false }

func (noPlugins) Keys(consts.PluginType) []string { return nil }

func (noPlugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }

func (noPlugins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Unknown, false
}
