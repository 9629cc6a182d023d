#!/usr/bin/env bash
# Coders side by side on generated sources and files: bench_command_test.sh <adagrain> <a .safetensors>
set -euo pipefail

adagrain=$1 weights=$2
source "$(dirname -- "$(readlink -f -- "$0")")/expect.sh"

expect 0 'encode_mbps' bench --help
expect 2 'what is required' bench
expect 2 'huffman' bench huffman
expect 2 'repeats' bench ans --repeats 0
expect 3 'none.bin: cannot open' bench ans --input none.bin
: > empty.bin
expect 3 'empty.bin: is empty' bench ans --input empty.bin

expect 0 'laplace 2 bit	lanes fast' bench ans --symbols 5000 --repeats 1
head -c 100000 "$adagrain" > bytes.bin
expect 0 'bytes.bin	ans' bench ans --input bytes.bin --repeats 1 --symbol-bits 8
expect 0 "$(basename "$weights") 5 bit	lanes precise" bench ans --input "$weights" --repeats 1
expect 2 'allowed 2..8' bench ans --input "$weights" --symbol-bits 9

# The kernels of one instruction set, or an error.
for isa in scalar avx2 avx512; do
  if ! ADAGRAIN_ISA=$isa "$adagrain" bench ans --symbols 5000 --repeats 1 --json > rows 2> messages; then
    grep -q "ADAGRAIN_ISA: '$isa' is not available" messages || { cat messages; failures=$((failures + 1)); }
    continue
  fi
  if [[ $(grep '"coder":"lanes' rows | grep -vc "\"isa\":\"$isa\"") != 0 ]]; then
    echo "FAILED: kernels of $isa"
    cat rows
    failures=$((failures + 1))
  fi
done
ADAGRAIN_ISA=neon expect 2 "'neon' is not available" bench ans --symbols 5000 --repeats 1
expect 2 'anything but a .safetensors' bench ans --input bytes.bin --symbol-bits 5

# One object a line, every coder on every source of its kind; nothing else on stdout.
"$adagrain" bench ans --symbols 5000 --repeats 1 --json --seed 3 > rows 2> messages
sources_of() { grep "\"coder\":\"$1\"" rows | grep -o '^{"source":"[^"]*"' | sort -u | wc -l; }
all=$(grep -o '^{"source":"[^"]*"' rows | sort -u | wc -l)
if [[ $(grep -c '^{"source":.*"entropy_bytes":[0-9.]*}$' rows) != $(wc -l < rows) ]] ||
  [[ $(sources_of 'lanes fast') == 0 || $(sources_of lossless) == 0 ]] ||
  [[ $(($(sources_of 'lanes fast') + $(sources_of lossless))) != "$all" ]]; then
  echo 'FAILED: rows of --json'
  cat rows
  failures=$((failures + 1))
fi

[[ $failures == 0 ]]
