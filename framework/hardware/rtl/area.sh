#!/usr/bin/env bash
# Synthesises the units with Yosys for the osu018 standard cells and writes their areas.
#
#   ./adagrain rtl area             all units; rewrites framework/hardware/area/gate_equivalents.yaml
#   ./adagrain rtl area --check     nothing is written; fails where the file is not what the sources give: all
#                                   units by the checksum of their sources, the small ones by synthesis
set -euo pipefail

rtl=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
file=$rtl/../area/gate_equivalents.yaml
library=/usr/share/qflow/tech/osu018/osu018_stdcells.lib

# name | parameters | bits of memory that synthesis leaves out | small? | modules, the first one on top
units='
stream_buffer         |             |      0 | small | stream_buffer
static_lane           | N=12 S=8    |      0 | small | static_lane
slot_table            | N=12 S=8    | 131072 | small | slot_table table_memory
comparator_table_16   | N=12 S=4 K=16 |    0 | small | comparator_table
comparator_table_64   | N=12 S=6 K=64 |    0 | large | comparator_table
backward_buffer       |             |      0 | small | backward_buffer
alias_table           |             |      0 | large | alias_table
interleaved_row       |             |   7168 | large | interleaved_row lane_step table_memory
escape_merge          |             |      0 | large | escape_merge
fixed_width_unpacker  |             |      0 | large | fixed_width_unpacker
dequantizer_float     | S=16 L=18   |      0 | large | dequantizer_float
dequantizer_int8      | S=16 L=18   |      0 | small | dequantizer_int8
mask_scatter_8        | V=8         |      0 | large | mask_scatter
mask_scatter_32       | V=32        |      0 | large | mask_scatter
profiling_unit        | W=24        |   6144 | small | profiling_unit table_memory
metadata_fetch        | A=12        |      0 | small | metadata_fetch step_scale
'

# Area and delay are those of ABC, which sizes gates for speed.
abc_script='+strash;ifraig;scorr;dc2;dch,-f;map,-B,0.9;topo;buffer,-c;upsize;dnsize;stime,-p'

fail() {
  printf 'adagrain: rtl area: %s\n' "$*" >&2
  exit 1
}

# A field of a unit's row, without the spaces around it.
field() {
  awk -F'|' -v name="$1" -v n="$2" '{ gsub(/^ +| +$/, "", $1) }
    $1 == name { gsub(/^ +| +$/, "", $n); print $n }' <<< "$units"
}

nand2_area() {
  awk '/^cell \(NAND2X1\)/ { found = 1 } found && $1 == "area" { gsub(";", "", $3); print $3; exit }' "$library"
}

# Delay of an inverter that drives four, of the same library and by the same timing engine as the units: between a
# chain of 40 and one of 20, so that the ends do not count.
fo4_ps() {
  local length
  for length in 20 40; do
    awk -v n=$length 'BEGIN {
      for (i = 0; i < n; ++i) for (j = 0; j < 3; ++j) loads = loads ", l" i "_" j
      printf "module chain(a, z%s);\ninput a;\noutput z%s;\nwire a", loads, loads
      for (i = 1; i < n; ++i) printf ", n%d", i
      print ";"
      for (i = 0; i < n; ++i) {
        from = i == 0 ? "a" : "n" i
        to = i == n - 1 ? "z" : "n" (i + 1)
        printf "INVX1 g%d(.A(%s), .Y(%s));\n", i, from, to
        for (j = 0; j < 3; ++j) printf "INVX1 x%d_%d(.A(%s), .Y(l%d_%d));\n", i, j, to, i, j
      }
      print "endmodule" }' > "$scratch/chain.v"
    yosys-abc -c "read_lib -w $library; read_verilog -m $scratch/chain.v; topo; stime" \
      > "$scratch/chain_$length.log" 2>&1
  done
  awk '{ gsub(/\033\[[0-9;]*m/, "") }
       match($0, /Delay = *[0-9.]+/) { total += (FILENAME ~ /_40/ ? 1 : -1) * substr($0, RSTART + 7) }
       END { printf "%.1f", total / 20 }' "$scratch"/chain_20.log "$scratch"/chain_40.log
}

# Of all that a unit's numbers come from, but for the tools.
sources_of() {
  local module
  {
    echo "$(field "$1" 2) $abc_script"
    for module in $(field "$1" 5); do cat "$rtl/$module.v"; done
  } | sha256sum | cut -c 1-16
}

# One unit's lines of the file.
synthesise() {
  local name=$1 parameters top chparam='' one
  parameters=$(field "$name" 2)
  top=$(field "$name" 5 | cut -d ' ' -f 1)
  for one in $parameters; do chparam+=" -chparam ${one%=*} ${one#*=}"; done
  {
    for one in $(field "$name" 5); do echo "read_verilog $rtl/$one.v"; done
    if [[ " $(field "$name" 5) " == *' table_memory '* ]]; then echo 'blackbox table_memory'; fi
    # Parameters of another top than the module's own name give it a new one.
    echo "hierarchy -top $top$chparam"
    echo "synth -flatten -top $top"
    echo "dfflibmap -liberty $library"
    echo "abc -liberty $library -D 1 -script $abc_script"
    echo 'opt_clean'
    echo "stat -liberty $library"
  } > "$scratch/$name.ys"
  yosys -s "$scratch/$name.ys" > "$scratch/$name.log" 2>&1 || { tail -n 5 "$scratch/$name.log" >&2; return 1; }
  awk -v name="$name" -v parameters="$parameters" -v memory="$(field "$name" 3)" -v nand2="$nand2" \
    -v fo4="$fo4" -v sources="$(sources_of "$name")" '
    match($0, /Delay = *[0-9.]+/) { delay = substr($0, RSTART + 7) + 0 }
    /Chip area for/ { area = $NF }
    $1 ~ /^DFF/ && NF == 2 { flip_flops += $2 }
    END {
      if (!area || !delay) exit 1
      gsub(/=/, ": ", parameters)
      gsub(/ +([A-Z])/, ", &", parameters)
      gsub(/,  /, ", ", parameters)
      printf "  %s:\n    parameters: {%s}\n    gate_equivalents: %.0f\n", name, parameters, area / nand2
      printf "    flip_flops: %d\n    critical_path_fo4: %.1f\n", flip_flops, delay / fo4
      printf "    memory_bits: %d\n    sources: \"%s\"\n", memory, sources
    }' "$scratch/$name.log" > "$scratch/$name.yaml" || { echo "$name: Yosys told no area" >&2; return 1; }
}

# The given units, as many at once as there are processors.
synthesise_all() {
  local name running=0
  for name in "$@"; do
    if ((running >= $(nproc))); then
      wait -n || fail 'a unit could not be synthesised'
      running=$((running - 1))
    fi
    synthesise "$name" &
    running=$((running + 1))
  done
  while ((running > 0)); do
    wait -n || fail 'a unit could not be synthesised'
    running=$((running - 1))
  done
}

# Of all units, or of the small ones.
names() {
  awk -F'|' -v size="${1:-}" 'NF { gsub(/ /, "", $1); gsub(/ /, "", $4); if (!size || $4 == size) print $1 }' \
    <<< "$units"
}

version_of() { dpkg-query -W -f '${Version}' "$1"; }

head_of_file() {
  cat << HEAD
# Areas of the units in framework/hardware/rtl, written by \`adagrain rtl area\`. One gate equivalent is a two-input
# NAND (NAND2X1); memory is left out and stands in bits. Paths are in delays of an inverter that drives four (FO4),
# from register to register, without set-up and without the access of a memory. Before layout: no wires.
library: osu018 (typical, 1.8 V, 25 C), package qflow-tech-osu018 $(version_of qflow-tech-osu018)
synthesis: $(yosys -V | cut -d ' ' -f 1-2), package yosys $(version_of yosys)
nand2_area: $nand2
fo4_ps: $fo4
units:
HEAD
}

# The lines of a unit in the file.
stored() {
  awk -v name="  $1:" '$0 == name { on = 1; print; next } on && /^    / { print; next } { on = 0 }' "$file"
}

case ${1:-} in
  '' | --check) ;;
  --help | -h)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) fail "unknown argument '$1'; allowed: --check" ;;
esac
[[ -r $library ]] || fail "$library is not there: package qflow-tech-osu018"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
nand2=$(nand2_area)
fo4=$(fo4_ps)

if [[ ${1:-} == --check ]]; then
  stale=()
  if ! diff <(head_of_file) <(sed '/^units:/q' "$file") >&2; then stale+=(versions); fi
  for name in $(names); do
    if ! stored "$name" | grep -q "sources: \"$(sources_of "$name")\""; then stale+=("$name"); fi
  done
  mapfile -t small < <(names small)
  synthesise_all "${small[@]}"
  for name in "${small[@]}"; do
    if ! diff "$scratch/$name.yaml" <(stored "$name") >&2; then stale+=("$name"); fi
  done
  if ((${#stale[@]} > 0)); then
    fail "$(realpath "$file") is stale ($(printf '%s\n' "${stale[@]}" | sort -u | xargs)); run ./adagrain rtl area"
  fi
  printf 'areas: %d units are as they were synthesised; %d of them, synthesised again, are the same\n' \
    "$(names | wc -l)" "${#small[@]}"
else
  mapfile -t all < <(names)
  synthesise_all "${all[@]}"
  mkdir -p "$(dirname "$file")"
  {
    head_of_file
    for name in "${all[@]}"; do cat "$scratch/$name.yaml"; done
  } > "$file.new"
  mv "$file.new" "$file"
  awk '/^  [a-z]/ { name = substr($1, 1, length($1) - 1) } /gate_equivalents/ { ge = $2 } /critical/ { fo4 = $2 }
       /memory_bits/ { printf "%-22s %8.2f kGE %7.1f FO4 %8d bits of memory\n", name, ge / 1000, fo4, $2 }' "$file"
fi
