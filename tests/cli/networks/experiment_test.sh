#!/usr/bin/env bash
# Experiments from the command line: killed and gone on with, on a disk that is full, altered behind their back.
#   experiment_test.sh <adagrain>
set -euo pipefail

adagrain=$1
here=$(dirname -- "$(readlink -f -- "$0")")
zoo=$here/../../../datasets/zoo
source "$here/../expect.sh"

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# run_killed <signal> <how many finished runs to wait for> <arguments of run...>
run_killed() {
  local signal=$1 lines=$2 pid
  shift 2
  : > worker.out
  "$adagrain" run "$@" --job 0 > worker.out 2> worker.err &
  pid=$!
  while kill -0 "$pid" 2> /dev/null && (($(grep -c -v '^  ' worker.out || true) < lines)); do sleep 0.05; done
  kill "-$signal" "$pid" 2> /dev/null || fail "the worker had ended before it could be killed: $(cat worker.out worker.err)"
  killed=0
  wait "$pid" 2> /dev/null || killed=$?
}

# The table but for its times. Columns go by their names.
table() {
  awk -F '\t' 'NR == 1 || !times { for (i = 1; i <= NF; ++i) if ($i == "seconds") times = i } { $times = ""; print }' "$1"
}

cat > compare.yaml << 'YAML'
seeds: [1]
networks: [{network: lenet_300_100, dataset: fashion_mnist}]
policies:
  - {policy: single_step}
  - {policy: uniform, candidate: layer/quantize+ans}
  - {policy: lagrangian}
max_drop_points: [0.5, 1.0]
candidates: {granularities: [element, layer], bits: [2, 3, 4], sparsities: [0.5], steps_per_octave: 1}
validation_images: 300
calibration_images: 64
evaluations: 5
YAML
expect 0 'lagrangian' run compare.yaml --output unbroken --no-figures
cp output unbroken.tsv
# The file on disk is the table's, and a larger budget's is no larger.
awk -F '\t' '$1 == "network" { for (i = 1; i <= NF; ++i) at[$i] = i; next }
             NF == length(at) { print $at["policy"], $at["budget"], $at["bytes"] }' output | sort > files
[[ $(wc -l < files) == 6 ]] || fail "six runs are expected: $(cat output)"
smaller_policy= smaller_bytes=
while read -r policy budget bytes; do
  kept=$(stat -c %s "unbroken/compare.trials/fashion_mnist_lenet_300_100_seed1.$policy.$budget.grain")
  [[ $kept == "$bytes" ]] || fail "$policy at $budget: the file has $kept bytes, the table says $bytes"
  if [[ $policy == "$smaller_policy" ]]; then
    ((bytes <= smaller_bytes)) || fail "$policy at $budget: $bytes bytes, at a smaller budget $smaller_bytes"
  fi
  smaller_policy=$policy smaller_bytes=$bytes
done < files
expect 0 'smaller' compress "$zoo/fashion_mnist_lenet_300_100.safetensors" planned.grain \
  --plan unbroken/compare.trials/fashion_mnist_lenet_300_100_seed1.lagrangian.0.5.plan.json
run_killed KILL 2 compare.yaml --output killed
expect 0 'lagrangian' run compare.yaml --output killed --no-figures
[[ $(table output) == "$(table unbroken.tsv)" ]] || fail 'a killed comparison goes on to another table'
run_killed INT 1 compare.yaml --output stopped
[[ $killed == 130 ]] || fail "Ctrl-C: exit code $killed instead of 130"
grep -q 'interrupted; ' worker.err || fail "Ctrl-C says nothing of what was kept: $(cat worker.err)"
expect 0 'lagrangian' run compare.yaml --output stopped --no-figures
[[ $(table output) == "$(table unbroken.tsv)" ]] || fail 'an interrupted comparison goes on to another table'
for file in unbroken/compare.trials/*.grain; do
  cmp -s "$file" "killed/compare.trials/${file##*/}" || fail "${file##*/}: killed and unbroken differ"
done

# Workers end with their parent, so that the same command goes on at once.
"$adagrain" run compare.yaml --output orphaned --no-figures --threads 2 > /dev/null 2>&1 &
parent=$!
workers() { pgrep -f -- '--output orphaned --job' || true; }
while kill -0 "$parent" 2> /dev/null && [[ -z $(workers) ]]; do sleep 0.05; done
[[ -n $(workers) ]] || fail 'no worker was seen'
kill -KILL "$parent"
wait "$parent" 2> /dev/null || true
for _ in {1..600}; do
  if [[ -z $(workers) ]]; then break; fi
  sleep 0.05
done
[[ -z $(workers) ]] || fail 'a worker outlives its parent'
expect 0 'lagrangian' run compare.yaml --output orphaned --no-figures
[[ $(table output) == "$(table unbroken.tsv)" ]] || fail 'after its parent was killed a comparison goes on to another table'

# A policy that cannot work leaves the others their turn.
sed 's/  - {policy: lagrangian}/  - {label: first, policy: uniform, candidate: "block\/quantize+ans bits=4"}\n&/' compare.yaml > failing.yaml
expect 3 "policy 'first'" run failing.yaml --output failing --no-figures
expect 0 'ratios.md' plot failing/failing.h5 --output failing/figures
grep -q lagrangian failing/figures/ratios.md || fail "a policy that fails takes those after it along"

# Another seed measures only itself; what was finished is not measured again.
stamps() { stat -c "%n %Y" unbroken/compare.trials/*seed1*.grain; }
earlier=$(stamps)
sed -i 's/seeds: \[1\]/seeds: [1, 2]/' compare.yaml
expect 0 '±' run compare.yaml --output unbroken --no-figures
[[ $(stamps) == "$earlier" ]] || fail "a new seed measured the old one again"

# A disk without room for the copy that resuming makes: said, and nothing that was measured is lost.
earlier=$(stamps) refused=0
(trap '' XFSZ; ulimit -f 8 && "$adagrain" run compare.yaml --output unbroken --no-figures > output 2>&1) || refused=$?
[[ $refused == 3 ]] && grep -q 'File too large' output || fail "a full disk: exit code $refused and $(cat output)"
expect 0 '±' run compare.yaml --output unbroken --no-figures
[[ $(stamps) == "$earlier" ]] || fail "after a full disk everything was measured again"

# A results file that was cut off is measured anew, and a figure of it is refused.
truncate -s 1000 unbroken/compare.trials/*seed2.h5
expect 0 '±' run compare.yaml --output unbroken --no-figures
truncate -s 3000 unbroken/compare.h5
expect 3 'compare.h5' plot unbroken/compare.h5

# Error compensation and bias correction: a smaller file at the same budget, the same file every time.
cat > compensate.yaml << 'YAML'
networks: [{network: lenet_300_100, dataset: fashion_mnist}]
policies:
  - {label: plain, policy: single_step}
  - {label: compensated, policy: single_step, scheme: quantize+compensate+ans}
candidates: {granularities: [element], schemes: [quantize+ans, quantize+compensate+ans], bits: [8], steps_per_octave: 2}
validation_images: 300
calibration_images: 64
moment_images: 500
bias_images: 100
evaluations: 6
YAML
expect 0 'compensated' run compensate.yaml --output compensate --no-figures
bytes() {
  awk -F '\t' -v policy="$1" '!by_name["bytes"] { for (i = 1; i <= NF; ++i) by_name[$i] = i; next }
                              $by_name["policy"] == policy { print $by_name["bytes"] }' output
}
(($(bytes compensated) < $(bytes plain))) || fail "compensation saved nothing: $(cat output)"
expect 0 'compensated' run compensate.yaml --output again --no-figures
cmp -s compensate/compensate.trials/*compensated*.grain again/compensate.trials/*compensated*.grain ||
  fail 'compensation gives other bytes the second time'
expect 0 '' verify compensate/compensate.trials/*compensated*.grain

# Files may not grow beyond 64 KiB, as on a disk that fills up during the run.
full_disk() (
  ulimit -f 64
  trap '' XFSZ
  exec "$adagrain" "$@"
)
got=0
full_disk run compare.yaml --output full --no-figures > output 2>&1 || got=$?
[[ $got == 3 ]] || fail "a full disk: exit code $got, expected 3: $(cat output)"
expect 0 '±' run compare.yaml --output full --no-figures
expect 3 'cannot' run compare.yaml --output /proc/adagrain

cat > tune.yaml << 'YAML'
kind: fine_tune
trainings:
  - {network: lenet_300_100, dataset: fashion_mnist, candidate: element/quantize+ans, step_rms: 1, rate_weight: 1.0e-6,
     distillation: 0.5, epochs: 3, batch_size: 250, learning_rate: 0.01, profile_every: 20}
YAML
expect 0 'fine_tune' run tune.yaml --output unbroken --no-figures
cp output unbroken.tsv
run_killed KILL 1 tune.yaml --output killed
expect 0 'fine_tune' run tune.yaml --output killed --no-figures
[[ $(table output) == "$(table unbroken.tsv)" ]] || fail 'a killed fine-tuning goes on to another table'
for file in unbroken/tune.trials/*.grain; do
  cmp -s "$file" "killed/tune.trials/${file##*/}" || fail "${file##*/}: killed and unbroken differ"
done
# The layers' profile: 33 of 660 updates, 3 layers, weights and activations of each, below a line of names.
for folder in unbroken killed; do
  expect 0 'training_profile' plot "$folder/tune.h5" -o "$folder/figures" --figure training_profile --formats svg
done
profile=training_profile_fashion_mnist_lenet_300_100_fine_tune_seed1.csv
[[ $(wc -l < "unbroken/figures/$profile") == 199 ]] || fail "rows of the profile: $(wc -l unbroken/figures/*.csv)"
cmp -s {unbroken,killed}/figures/"$profile" || fail 'a killed fine-tuning records another profile'

# The experiment's device counts, not the recipe's, which this machine may not have.
cat > recipe.yaml << 'YAML'
{network: lenet_300_100, dataset: fashion_mnist, device: cuda, output: net.safetensors, batch_size: 1000, profile_every: 20}
YAML
printf 'kind: profile\nrecipe: %s\nepochs: 1\ndevice: %s\n' "$PWD/recipe.yaml" cpu > profile.yaml
expect 0 'epoch   1/1' run profile.yaml --output profiled --no-figures
expect 0 'training_profile' plot profiled/profile.h5 --figure training_profile --formats svg
(($(cat profiled/profile_figures/training_profile_*.csv | wc -l) == 19)) || fail '3 of 55 updates, 3 layers, weights and activations'
sed -i 's/device: cpu/device: gpu/' profile.yaml
expect 2 'allowed: auto, cpu, cuda' run profile.yaml --output profiled --no-figures

[[ $failures == 0 ]]
