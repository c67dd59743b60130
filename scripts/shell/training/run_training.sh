#!/usr/bin/env bash
# One training run in the tmux session `training`: run_training.sh CONFIG [true]
# CONFIG is a train config such as nexa_train/configs/baseline_distill.yaml; `true` trains with as many processes as it names, else with one.
set -euo pipefail
if [[ $# -lt 1 || $# -gt 2 || ! ${2:-false} =~ ^(true|false)$ ]]; then
  echo "usage: run_training.sh CONFIG [true]" >&2
  exit 2
fi
config=$(realpath -- "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
distributed=${2:-false}
set -- --from train --until train --config "$config"
[[ $distributed == true ]] || set -- "$@" --set distributed.processes=1
exec bash "$root/scripts/shell/orchestration/launch_pipeline.sh" "$@"
