#!/usr/bin/env bash
# The commands that need LibTorch, as `adagrain` passes them on: network_commands_test.sh <adagrain>
set -euo pipefail

adagrain=$1
source "$(dirname -- "$(readlink -f -- "$0")")/../expect.sh"

expect 0 'LibTorch ' --version
expect 0 'BLAS ' --version
expect 0 'YAML' run --help
expect 2 colour run none.yaml --colour
expect 2 'none.yaml: cannot open: No such file or directory' run none.yaml
printf 'networks: [\n' > broken.yaml
expect 2 'not valid YAML' run broken.yaml

recipe='network: lenet_300_100\ndataset: fashion_mnist\nepochs: 1\n'
printf "${recipe}output: $PWD/weights.safetensors\n" > recipe.yaml
expect 2 'or another output' train-model recipe.yaml --output recipe.yaml
expect 2 'or another output' train-model recipe.yaml --output weights.json
expect 2 'or another output' train-model recipe.yaml --profile weights.safetensors
expect 3 'is no regular file' train-model recipe.yaml --output .
echo 'trained for days' > weights.safetensors
expect 2 'exists; --force overwrites it' train-model recipe.yaml

[[ $failures == 0 ]]
