// Package azurekeyvault is left out: this Vault seals with keys of its own.
package azurekeyvault

import (
	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
	"github.com/hashicorp/go-kms-wrapping/wrappers/aead/v2"
)

const (
	EnvAzureKeyVaultWrapperKeyName   = "EnvAzureKeyVaultWrapperKeyName"
	EnvVaultAzureKeyVaultKeyName     = "EnvVaultAzureKeyVaultKeyName"
	EnvAzureKeyVaultWrapperVaultName = "EnvAzureKeyVaultWrapperVaultName"
	EnvVaultAzureKeyVaultVaultName   = "EnvVaultAzureKeyVaultVaultName"
)

func NewWrapper() *aead.Wrapper { return aead.NewWrapper() }

func WithDisallowEnvVars(bool) wrapping.Option { return nil }
