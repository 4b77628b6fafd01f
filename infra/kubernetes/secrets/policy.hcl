# vault policy write devenv policy.hcl
path "secret/data/devenv" {
  capabilities = ["read"]
}

path "terraform/creds/devenv" {
  capabilities = ["read"]
}
