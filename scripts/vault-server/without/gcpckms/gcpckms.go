// Package gcpckms is left out: this Vault seals with keys of its own.
package gcpckms

import "github.com/hashicorp/go-kms-wrapping/wrappers/aead/v2"

const (
	EnvGcpCkmsWrapperCredsPath   = "EnvGcpCkmsWrapperCredsPath"
	EnvGcpCkmsWrapperProject     = "EnvGcpCkmsWrapperProject"
	EnvGcpCkmsWrapperLocation    = "EnvGcpCkmsWrapperLocation"
	EnvVaultGcpCkmsSealCryptoKey = "EnvVaultGcpCkmsSealCryptoKey"
	EnvGcpCkmsWrapperCryptoKey   = "EnvGcpCkmsWrapperCryptoKey"
	EnvGcpCkmsWrapperKeyRing     = "EnvGcpCkmsWrapperKeyRing"
	EnvVaultGcpCkmsSealKeyRing   = "EnvVaultGcpCkmsSealKeyRing"
)

func NewWrapper() *aead.Wrapper { return aead.NewWrapper() }
