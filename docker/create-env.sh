#!/bin/sh
# create-env.sh <image of the control plane> [host]: writes .env and settings.env beside this file, with passwords of
# their own, once.
set -eu
umask 077

if [ $# -lt 1 ]; then
  echo 'Usage: create-env.sh <image of the control plane, with its tag> [host, e.g. flow.example.com]' >&2
  exit 64
fi
file=$(dirname "$0")/.env
settings=$(dirname "$0")/settings.env
for each in "$file" "$settings"; do
  if [ -e "$each" ]; then
    echo "$each is there already: its passwords are in use. Change it by hand, or move it away first" >&2
    exit 1
  fi
done

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

# What the control plane is told. Written whole or not at all, as the other one.
cat >"$settings.unfinished" <<SETTINGS
# Settings of the control plane: any of those in the .env.example of spt-flow. They hold after
#   docker compose --project-directory <this folder> up --detach
SPT_FLOW_WORKSPACE_IMAGE=spt-flow/coder-base:0.1.0
ANTHROPIC_API_KEY=
OPENAI_BASE_URL=
OPENAI_MODEL=
OPENAI_API_KEY=
GITLAB_WEBHOOK_SECRET=$(secret)
SETTINGS

# What Compose fills into its file.
cat >"$file.unfinished" <<VARIABLES
SPT_FLOW_IMAGE=$1
SPT_FLOW_HOST=$host
SPT_FLOW_PREVIEW_DOMAIN=preview.$host
SPT_FLOW_DATA_DIRECTORY=/var/lib/spt-flow
DOCKER_SOCKET=$docker_socket
DOCKER_GROUP=$docker_group
DOCKER_DATA_DIRECTORY=${docker_data:-/var/lib/docker}
HOST_TLS=internal
PREVIEW_TLS=internal
DOMAIN_TLS=internal

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
VARIABLES
mv "$settings.unfinished" "$settings"
mv "$file.unfinished" "$file"
echo "Wrote $file and $settings. Next:"
echo '  install --directory --owner 1000 --group 1000 /var/lib/spt-flow'
echo "  docker compose --project-directory $(dirname "$0") up --detach"
