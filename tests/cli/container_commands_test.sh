#!/usr/bin/env bash
# compress, decompress, inspect, verify as a user calls them: container_commands_test.sh <adagrain> <tests/golden>
# Exit codes: 0, 2 for what the command line can mend, 3 for what is wrong with a file.
set -euo pipefail

adagrain=$1
golden=$2
source "$(dirname -- "$(readlink -f -- "$0")")/expect.sh"

unchanged() {
  cmp -s "$1" "$2" || { echo "FAILED: $1 and $2 differ"; failures=$((failures + 1)); }
}

expect 0 "4 tensors" decompress "$golden/example.grain" example.safetensors
expect 0 "smaller than its tensors" compress example.safetensors lossless.grain --candidate layer/ans --small-tensors float32
expect 0 "4 tensors" decompress lossless.grain again.safetensors
unchanged example.safetensors again.safetensors
expect 0 "must fit in memory" compress --help
expect 0 "smaller than its tensors" compress example.safetensors exact.grain
expect 0 "4 tensors" decompress exact.grain exact.safetensors
unchanged example.safetensors exact.safetensors

expect 0 "smaller" compress example.safetensors lossy.grain --candidate "feature_map/quantize+ans bits=4" \
  --store-plan --provenance "a note"
expect 0 $'fc.weight\t2x3\tfeature_map\tquantize+ans' inspect lossy.grain
expect 0 $'stored by\tadaptive B\tinterleaved B\traw B\tstatic B' inspect lossy.grain --verbose
expect 0 '"provenance": "a note"' inspect lossy.grain --json
expect 0 '"bits": ' inspect lossy.grain --json
expect 0 "lossy.grain: sound" verify lossy.grain "$golden/raw.grain"

expect 0 "4 tensors" decompress lossy.grain noted.safetensors
expect 0 "smaller" compress noted.safetensors noted.grain
expect 0 '"provenance": "a note"' inspect noted.grain --json
expect 0 "smaller" compress noted.safetensors bare.grain --no-metadata
expect 0 '"tensors"' inspect bare.grain --json
! grep -q '"provenance"' output || { echo "FAILED: --no-metadata keeps metadata"; failures=$((failures + 1)); }

echo '{"layers":{},"small_tensors":"float16"}' > empty.json
expect 0 "weight tensors are not in the plan" compress example.safetensors unplanned.grain --plan empty.json
echo '{"layers":{"nowhere.weight":{}}}' > plan.json
expect 2 "without them every bit is kept" compress example.safetensors x.grain --small-tensors float16
expect 2 "plan.json" compress example.safetensors x.grain --plan plan.json
expect 2 "allowed: float32, float16, quantized" compress example.safetensors x.grain --candidate layer/ans --small-tensors int4
expect 2 "" compress example.safetensors x.grain --candidate layer/zip
expect 2 "excludes" compress example.safetensors x.grain --candidate layer/ans --plan plan.json
expect 2 "--force" compress example.safetensors lossy.grain --candidate layer/ans
expect 2 "--force" decompress lossy.grain example.safetensors
expect 0 "" compress example.safetensors lossy.grain --candidate layer/ans --force
expect 2 "is the input itself" compress example.safetensors ./example.safetensors --candidate layer/ans --force
expect 2 "is the input itself" decompress lossy.grain lossy.grain --force
echo '{}' > same.json
expect 2 "is the input itself" compress example.safetensors same.json --plan same.json --force
expect 0 "lossy.grain: sound" verify lossy.grain
overhead=$("$adagrain" inspect --json lossy.grain | grep '"overhead_bytes"' | tr -dc 0-9)
head -c "$overhead" lossy.grain > cut.grain
cp example.safetensors kept.safetensors
expect 3 "no file was written" decompress cut.grain kept.safetensors --salvage --force
cmp -s example.safetensors kept.safetensors || { echo "FAILED: nothing was salvaged, but a file is lost"; failures=$((failures + 1)); }
"$adagrain" inspect lossy.grain > /dev/full 2> output && { echo "FAILED: a full standard output"; failures=$((failures + 1)); }
grep -q 'cannot write to standard output' output || { echo "FAILED: a full standard output says nothing"; failures=$((failures + 1)); }
expect 3 "cannot" compress missing.safetensors x.grain --candidate layer/ans
expect 3 "not a safetensors file: header of" compress "$golden/raw.grain" x.grain --candidate layer/ans
expect 3 "cannot write" compress example.safetensors no/such/folder/x.grain --candidate layer/ans
expect 3 "not a .grain file" decompress example.safetensors y.safetensors

broken=$golden/broken
expect 3 "is damaged (CRC differs)" verify "$broken/payload_bit_flipped.grain"
expect 3 "12 of 13 tensors can be decoded" verify "$broken/payload_bit_flipped.grain"
expect 3 "verify: 1 of 2 files not sound" verify "$golden/raw.grain" "$broken/directory_bit_flipped.grain"
expect 3 "is damaged" decompress "$broken/payload_bit_flipped.grain" z.safetensors
expect 3 "damaged and left out: tokens" decompress --salvage "$broken/payload_bit_flipped.grain" z.safetensors
expect 0 "z.grain" compress z.safetensors z.grain --candidate layer/ans
[[ ! -e x.grain && ! -e y.safetensors ]] || { echo "FAILED: a refused command left a file"; failures=$((failures + 1)); }

exit $((failures > 0))
