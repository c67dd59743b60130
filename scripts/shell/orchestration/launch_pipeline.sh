#!/usr/bin/env bash
# The quick start: sets up what is missing, runs the five stages, each in a tmux session of its own, and ends with the report.
# All arguments go to `nexa launch`, e.g. --detach or --budget 5. Without tmux the stages run in the foreground.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# npm writes node_modules/.package-lock.json at the end of an install.
if [[ ! -f node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
  if ! command -v npm >/dev/null; then
    echo "launch_pipeline.sh: npm is not installed; it comes with Node.js (https://nodejs.org), any version from 20 on" >&2
    exit 2
  fi
  echo "launch_pipeline.sh: npm ci: installing the packages of package-lock.json into node_modules/, Node 24 among them" >&2
  # The warnings are about the Node that runs npm; everything else runs on the one that npm installs here.
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi

node=node_modules/node/bin/node
[[ -x $node ]] || node=node # bin/nexa.js says so where this one is too old
exec "$node" bin/nexa.js launch "$@"
