#!/usr/bin/env bash
# Published accelerators recomputed: hardware_command_test.sh <adagrain> <tests/hardware/data>
set -euo pipefail

adagrain=$1 data=$2
source "$(dirname -- "$(readlink -f -- "$0")")/expect.sh"

# A number of lines: one for each of several layers, one for a model of one layer.
lines() {
  local count=$1
  shift
  if [[ $("$adagrain" hardware "$@" | wc -l) != "$count" ]]; then
    echo "FAILED: adagrain hardware $*: not $count lines"
    failures=$((failures + 1))
  fi
}

topology=$data/scalesim_alexnet_topology.csv
scalesim=(hardware scalesim --topology "$topology" --array 32x32 --dataflow)
expect 0 'layer,cycles,ifmap_sram_reads,filter_sram_reads,ofmap_sram_writes' "${scalesim[@]}" os
expect 0 'Conv1,121124,3294225,3310560,308640' "${scalesim[@]}" os
expect 0 'Conv5,185759,3345408,884736,3345408' "${scalesim[@]}" ws
expect 0 '{"layer":"Conv3","cycles":137663,"ifmap_sram_reads":278784' "${scalesim[@]}" is --json
lines 6 scalesim --topology "$topology" --array 12x14 --dataflow ws
lines 5 scalesim --topology "$topology" --array 12x14 --dataflow ws --json
expect 2 "dataflow is 'rs'; allowed: os, ws, is" "${scalesim[@]}" rs
expect 2 "array is '32'; allowed: ROWSxCOLUMNS" hardware scalesim --topology "$topology" --array 32 --dataflow os
expect 3 'none.csv: cannot open' hardware scalesim --topology none.csv --array 8x8 --dataflow os
printf 'header\nconv, 8, 8, 9, 3, 4, 5, 1\n' > wrong.csv
expect 3 'wrong.csv:2: a filter of 9 x 3 does not fit' hardware scalesim --topology wrong.csv --array 8x8 --dataflow os
expect 2 '--dataflow is required' hardware scalesim --topology "$topology" --array 8x8

masks=(hardware pe --iacts "$data/eyerissv2_pe/L07_iacts.txt" --weights "$data/eyerissv2_pe/L07_weights.txt")
expect 0 '1702140' "${masks[@]}" --channels 64 --filters 64 --height 32 --width 32
expect 0 '{"cycles":1702140}' "${masks[@]}" --channels 64 --filters 64 --height 32 --width 32 --json
expect 2 'holds 65536 values; 64 channels of 31 x 32 are 63488' \
  "${masks[@]}" --channels 64 --filters 64 --height 31 --width 32
expect 3 'wrong.csv: byte 0' hardware pe --iacts wrong.csv --weights wrong.csv --channels 1 --filters 1 --height 1 --width 1

eie=(hardware eie --inputs 4096 --outputs 1000 --weight-density 0.25 --pes 64)
expect 0 'theoretical_us,actual_us' "${eie[@]}" --activation-density 0.375
expect 0 '"padding_entries":' "${eie[@]}" --activation-density 0.375 --json
expect 2 'activation density is 37.5; allowed: 0 to 1' "${eie[@]}" --activation-density 37.5

dram=(hardware dram --memory LPDDR4_1x16 --bytes 1000)
expect 0 'transferred_bytes,bursts,efficiency,row_hit_rate,cycles,energy_pj' "${dram[@]}"
expect 0 '{"transferred_bytes":1024,"bursts":32,' "${dram[@]}" --json
expect 2 "unknown memory 'LPDDR9'; known: LPDDR4_1x16" hardware dram --memory LPDDR9 --bytes 1
expect 2 'only one stream of reads is measured' "${dram[@]}" --order random --streams 2

expect 0 'alexnet_batch4,CONV5' hardware eyeriss
expect 0 'dense_cycles,cycles' hardware tensor-core --m 128 --k 1152 --n 1024 --design flexible --block 8
expect 2 'dual_side' hardware tensor-core --m 1 --k 1 --n 1 --design triple
expect 0 'Conv2,317400,158700' hardware density --topology "$topology" --array 32x32 --weight-density 0.5 --sparseloop yaml
for file in architecture mapper sparse_optimizations problem_000 problem_004; do
  [[ -s yaml/$file.yaml ]] || { echo "FAILED: no yaml/$file.yaml"; failures=$((failures + 1)); }
done

# Every model says what it takes, and no other word is one.
for model in density dram eie eyeriss pe scalesim tensor-core; do
  expect 0 '--json' hardware "$model" --help
done
expect 0 'scalesim' hardware --help
expect 2 'a hardware model is required; known: density' hardware
expect 2 'not expected: timeloop' hardware timeloop
expect 2 '--bogus' hardware eyeriss --bogus 1

[[ $failures == 0 ]]
