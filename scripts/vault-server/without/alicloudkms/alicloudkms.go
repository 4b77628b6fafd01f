// Package alicloudkms is left out: this Vault seals with keys of its own.
package alicloudkms

import "github.com/hashicorp/go-kms-wrapping/wrappers/aead/v2"

const (
	EnvVaultAliCloudKmsSealKeyId = "EnvVaultAliCloudKmsSealKeyId"
	EnvAliCloudKmsWrapperKeyId   = "EnvAliCloudKmsWrapperKeyId"
)

func NewWrapper() *aead.Wrapper { return aead.NewWrapper() }
