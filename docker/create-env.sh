#!/bin/sh
# create-env.sh <image of the control plane> [host]: writes .env beside this file, with passwords of its own, once.
set -eu
umask 077

if [ $# -lt 1 ]; then
  echo 'Usage: create-env.sh <image of the control plane, with its tag> [host, e.g. flow.example.com]' >&2
  exit 64
fi
file=$(dirname "$0")/.env
if [ -e "$file" ]; then
  echo "$file is there already: its passwords are in use. Change it by hand, or move it away first" >&2
  exit 1
fi

host=${2:-spt-flow.localhost}
secret() {
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

case ${DOCKER_HOST:-} in
unix://*) docker_socket=${DOCKER_HOST#unix://} ;;
*)
  docker_socket=/var/run/docker.sock
  # Podman alone has its own.
  if [ ! -S "$docker_socket" ] && [ -S /run/podman/podman.sock ]; then
    docker_socket=/run/podman/podman.sock
  fi
  ;;
esac
# Who may use the engine's socket; where there is none yet, its group is root.
docker_group=$(stat -c %g "$docker_socket" 2>/dev/null || echo 0)
docker_data=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || docker_data=

# Written whole or not at all.
cat >"$file.unfinished" <<SETTINGS
SPT_FLOW_IMAGE=$1
SPT_FLOW_HOST=$host
SPT_FLOW_PREVIEW_DOMAIN=preview.$host
SPT_FLOW_DATA_DIRECTORY=/var/lib/spt-flow
SPT_FLOW_WORKSPACE_IMAGE=spt-flow/coder-base:0.1.0
DOCKER_SOCKET=$docker_socket
DOCKER_GROUP=$docker_group
DOCKER_DATA_DIRECTORY=${docker_data:-/var/lib/docker}
HOST_TLS=internal
PREVIEW_TLS=internal
DOMAIN_TLS=internal
SPT_FLOW_SERVER_DNS=
ANTHROPIC_API_KEY=
OPENAI_BASE_URL=
OPENAI_MODEL=
OPENAI_API_KEY=
SPT_FLOW_OIDC_ISSUER=
SPT_FLOW_OIDC_CLIENT_ID=
SPT_FLOW_OIDC_CLIENT_SECRET=
SPT_FLOW_OIDC_NAME=
SPT_FLOW_OIDC_ROLES=
SPT_FLOW_OIDC_WITHOUT_GROUP=
SPT_FLOW_GITHUB_CLIENT_ID=
SPT_FLOW_GITHUB_CLIENT_SECRET=
SPT_FLOW_GITHUB_ROLES=
SPT_FLOW_PASSWORD_SIGN_IN=
SPT_FLOW_LINK_BY_EMAIL=
ENABLE_SIGNUP=
SPT_FLOW_SIGNUP_DOMAINS=
SPT_FLOW_SIGNUP_ROLE=
EXTRA_CA_CERTS=
LANGFUSE_HOST=
LANGFUSE_PUBLIC_KEY=
LANGFUSE_SECRET_KEY=
SENTRY_DSN=
SPT_FLOW_VAULT_ADDRESS=
SPT_FLOW_VAULT_NAMESPACE=
SPT_FLOW_VAULT_CA_FILE=
SPT_FLOW_VAULT_MOUNT=
SPT_FLOW_VAULT_PATH=
SPT_FLOW_VAULT_TOKEN_FILE=
SPT_FLOW_VAULT_ROLE_ID=
SPT_FLOW_VAULT_SECRET_ID_FILE=
SPT_FLOW_VAULT_LOGIN_MOUNT=
SPT_FLOW_VAULT_SHARED=
SPT_FLOW_VAULT_RESTART_APPS=
GITLAB_URL=
GITLAB_TOKEN=
GITLAB_WEBHOOK_SECRET=$(secret)
SPT_FLOW_GITLAB_EXTERNAL_URL=
SPT_FLOW_GITLAB_GROUP=
SPT_FLOW_GITLAB_HOOK_URL=
SPT_FLOW_WORKSPACE_VARIABLES=
SPT_FLOW_WORKSPACE_MODELS=
SPT_FLOW_WORKSPACE_LANGFUSE_HOST=
SPT_FLOW_WORKSPACE_LANGFUSE_PUBLIC_KEY=
SPT_FLOW_WORKSPACE_LANGFUSE_SECRET_KEY=

SECRET_KEY=$(secret)
METRICS_TOKEN=$(secret)
POSTGRES_PASSWORD=$(secret)

GITLAB_HOST=gitlab.$host
GITLAB_REGISTRY_PORT=5050
GITLAB_ROOT_PASSWORD=$(secret)
KEYCLOAK_HOST=keycloak.$host
KEYCLOAK_ADMIN_PASSWORD=$(secret)
KEYCLOAK_DB_PASSWORD=$(secret)
GRAFANA_ADMIN_PASSWORD=$(secret)
SETTINGS
mv "$file.unfinished" "$file"
echo "Wrote $file. Next:"
echo '  install --directory --owner 1000 --group 1000 /var/lib/spt-flow'
echo "  docker compose --project-directory $(dirname "$0") up --detach"
