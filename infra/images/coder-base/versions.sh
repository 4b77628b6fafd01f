#!/bin/sh
# Smoke test of the image: prints the version of everything that workspaces count on, and fails where one is missing.
set -eu
test "$(id -un)" = node
test "$HOME" = /home/node
test -w /home/node/.vscode-server
for command in 'claude --version' 'tofu version' 'terraform version' 'aws --version' 'bun --version' 'git --version' \
  'go version' 'python3 --version' 'node --version' 'npm --version' 'zsh --version'; do
  output=$($command)
  printf '%s: %s\n' "${command%% *}" "$(printf '%s' "$output" | head -n 1)"
done
