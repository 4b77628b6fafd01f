// Package ocikms is left out: this Vault seals with keys of its own.
package ocikms

import "github.com/hashicorp/go-kms-wrapping/wrappers/aead/v2"

const (
	EnvOciKmsWrapperCryptoEndpoint       = "EnvOciKmsWrapperCryptoEndpoint"
	EnvVaultOciKmsSealCryptoEndpoint     = "EnvVaultOciKmsSealCryptoEndpoint"
	EnvOciKmsWrapperKeyId                = "EnvOciKmsWrapperKeyId"
	EnvVaultOciKmsSealKeyId              = "EnvVaultOciKmsSealKeyId"
	EnvOciKmsWrapperManagementEndpoint   = "EnvOciKmsWrapperManagementEndpoint"
	EnvVaultOciKmsSealManagementEndpoint = "EnvVaultOciKmsSealManagementEndpoint"
	KmsConfigKeyId                       = "KmsConfigKeyId"
	KmsConfigCryptoEndpoint              = "KmsConfigCryptoEndpoint"
	KmsConfigManagementEndpoint          = "KmsConfigManagementEndpoint"
)

func NewWrapper() *aead.Wrapper { return aead.NewWrapper() }
