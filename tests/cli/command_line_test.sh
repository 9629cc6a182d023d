#!/usr/bin/env bash
# Help, mistyped commands, files that are not there, and what `adagrain` is without its other half:
#   command_line_test.sh <adagrain>
set -euo pipefail

adagrain=$1
root=$(dirname -- "$(readlink -f -- "$0")")/../..
source "$(dirname -- "$(readlink -f -- "$0")")/expect.sh"

expect 0 train-model --help
expect 0 "adagrain $(awk '/^version:/ { print $2 }' "$root/CITATION.cff"), format " --version
expect 0 'commit ' --version
expect 2 'subcommand is required'
expect 2 "unknown subcommand 'frobnicate'; known: " frobnicate
expect 2 colour verify none.grain --colour
expect 3 'none.grain: cannot open: No such file or directory' verify none.grain
expect 3 'none.h5' plot none.h5

status=0
"$adagrain" frobnicate 2> /dev/full || status=$?
[[ $status == 2 ]] || { echo "FAILED: a full standard error: exit code $status"; failures=$((failures + 1)); }

# What starts in milliseconds loads neither LibTorch nor its BLAS, whether the other program is there or not.
for arguments in --help 'compress --help' 'verify none.grain'; do
  # shellcheck disable=SC2086
  LD_DEBUG=files "$adagrain" $arguments > /dev/null 2> loaded || true
  if ! grep -q 'libc\.so' loaded || grep -iE 'lib(torch|c10|[a-z]*blas)' loaded; then
    echo "FAILED: 'adagrain $arguments' loads too much, or LD_DEBUG says nothing"
    failures=$((failures + 1))
  fi
done

# Alone, `adagrain` knows which commands it cannot run and says how to get them.
cp "$adagrain" alone
adagrain=$PWD/alone
expect 0 'without which this program was built' --help
expect 0 'without LibTorch' --version
for subcommand in run profile train-model train-policy; do
  expect 2 "./adagrain $subcommand" --threads 2 "$subcommand" none.yaml --unheard-of
  expect 2 'needs LibTorch' "$subcommand" --help
done

# Whoever is beside it under that name gets the arguments as they were, and its exit code counts.
printf '#!/bin/sh\nprintf "<%%s>" "$@"\nexit 7\n' > adagrain-networks
chmod +x adagrain-networks
expect 7 '<--threads><2><run><two words><--help>' --threads 2 run 'two words' --help

[[ $failures == 0 ]]
