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

# Who may use the engine's socket; where there is none yet, its group is root.
docker_group=$(stat -c %g /var/run/docker.sock 2>/dev/null || echo 0)

# Written whole or not at all.
cat >"$file.unfinished" <<SETTINGS
SPT_FLOW_IMAGE=$1
SPT_FLOW_HOST=$host
SPT_FLOW_PREVIEW_DOMAIN=preview.$host
SPT_FLOW_DATA_DIRECTORY=/var/lib/spt-flow
DOCKER_GROUP=$docker_group
HOST_TLS=internal
PREVIEW_TLS=internal
ANTHROPIC_API_KEY=

SECRET_KEY=$(secret)
METRICS_TOKEN=$(secret)
POSTGRES_PASSWORD=$(secret)

GITLAB_HOST=gitlab.$host
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
