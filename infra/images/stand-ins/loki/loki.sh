#!/bin/sh
# Takes lines at Loki's address for OpenTelemetry, keeps them in /loki, and answers LogsQL instead of LogQL.
set -eu
if [ "${1:-}" = -health ]; then
  exec wget -q -O /dev/null http://127.0.0.1:3100/health
fi
# The file that it is told of is Loki's own.
[ -r "${1#-config.file=}" ]
caddy run --config /etc/caddy/Caddyfile --adapter caddyfile &
exec victoria-logs -storageDataPath=/loki -httpListenAddr=127.0.0.1:9428 -loggerLevel=WARN
