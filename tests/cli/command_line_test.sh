#!/usr/bin/env bash
# Help, mistyped commands and files that are not there: command_line_test.sh <adagrain>
set -euo pipefail

adagrain=$1
source "$(dirname -- "$(readlink -f -- "$0")")/expect.sh"

expect 0 train-model --help
expect 0 'YAML' run --help
expect 2 'subcommand is required'
expect 2 "unknown subcommand 'frobnicate'; known: " frobnicate
expect 2 colour run none.yaml --colour
expect 2 'none.yaml: cannot open: No such file or directory' run none.yaml
printf 'networks: [\n' > broken.yaml
expect 2 'not valid YAML' run broken.yaml
expect 3 'none.grain: cannot open: No such file or directory' verify none.grain

[[ $failures == 0 ]]
