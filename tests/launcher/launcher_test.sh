#!/usr/bin/env bash
# The launcher's promises, against a faked machine: launcher_test.sh <path of the launcher>
# Every tool it may call is a link to the real one or a fake that writes down how it was called.
set -euo pipefail

launcher=$1
scene=$(mktemp -d)
trap 'rm -rf "$scene"' EXIT
unset ADAGRAIN_NO_INSTALL ADAGRAIN_BUILD_DIR ADAGRAIN_CMAKE_ARGS ADAGRAIN_JOBS CMAKE_PREFIX_PATH OMP_WAIT_POLICY
failures=0

# A project with one source, a machine where everything is installed, a cmake that "builds" a program.
new_scene() {
  rm -rf "${scene:?}"/*
  mkdir -p "$scene"/{bin,project/{framework,policies/trained,datasets/zoo,tests}}
  cp "$launcher" "$scene/project/adagrain"
  touch "$scene/project/CMakeLists.txt" "$scene/project/framework/a.cpp"
  local tool
  for tool in awk bash cat dirname env find flock grep mkdir mv nproc readlink rm sed sleep tail touch tr xargs; do
    ln -s "$(command -v "$tool")" "$scene/bin/$tool"
  done
  touch "$scene/calls"
  fake id 'echo 0'
  fake apt-get ''
  fake dpkg-query 'for name in "${@:4}"; do echo "$name installed"; done'
  fake cmake 'case $1 in
    -S) echo configured ;;
    --build) for program in adagrain adagrain_rtl; do printf "#!%s\n%s\n" "$(command -v bash)" "
      printf \"<%s>\" \"\$@\"; echo \" \$OMP_WAIT_POLICY\"; exit 3" > "$2/$program"
      "$(command -v env)" chmod +x "$2/$program"; done ;;
  esac'
  ln -s "$(command -v chmod)" "$scene/bin/chmod"
}

fake() { # <tool> <script>: writes its call down, then runs the script
  printf '#!%s\necho "%s $*" >> "%s"\n%s\n' "$BASH" "$1" "$scene/calls" "$2" > "$scene/bin/$1"
  chmod +x "$scene/bin/$1"
}

run() { # <arguments of the launcher>: sets out, err, status
  status=0
  out=$(PATH="$scene/bin" "$scene/project/adagrain" "$@" 2> "$scene/err") || status=$?
  err=$(< "$scene/err")
}

promise() { # <text> <condition ...>
  local text=$1
  shift
  if "$@"; then
    echo "ok: $text"
  else
    failures=$((failures + 1))
    printf 'FAILED: %s\n  status %s\n  stdout: %s\n  stderr: %s\n' "$text" "$status" "$out" "$err"
  fi
}
contains() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }
calls_of() { grep -c "^$1 " "$scene/calls" || true; }

new_scene
run run 'two words' last
promise 'arguments reach the program unchanged' contains "$out" '<run><two words><last>'
promise 'the exit code is the program'\''s' [ "$status" = 3 ]
promise 'OpenMP threads sleep when idle' contains "$out" passive
promise 'the first call says that it builds' contains "$err" building
promise 'nothing is installed when nothing is missing' [ "$(calls_of apt-get)" = 0 ]

: > "$scene/calls"
run inspect
promise 'a call with nothing to rebuild is silent' [ -z "$err" ]
promise 'a call with nothing to rebuild starts no tool' [ ! -s "$scene/calls" ]

for subcommand in test setup; do
  run $subcommand --help
  promise "$subcommand --help says what it does" contains "$out" "./adagrain $subcommand ["
  promise "$subcommand --help does nothing else" [ ! -s "$scene/calls" ]
done

for change in 'touch framework/a.cpp' 'touch policies/new.cpp' 'rm framework/a.cpp' 'touch CMakeLists.txt'; do
  run inspect
  : > "$scene/calls"
  sleep 0.02
  (cd "$scene/project" && $change)
  run inspect
  promise "'$change' is followed by one build" [ "$(calls_of 'cmake --build')" = 1 ]
done
: > "$scene/calls"
touch "$scene"/project/{policies/trained,datasets/zoo}/written_by_a_run
run inspect
promise 'data that a run wrote is followed by no build' [ ! -s "$scene/calls" ]
ADAGRAIN_CMAKE_ARGS=-DADAGRAIN_WERROR=ON run inspect
promise 'other cmake arguments configure again' [ "$(grep -c -- '^cmake -S .*WERROR=ON' "$scene/calls")" = 1 ]

new_scene
run rtl --help
promise 'rtl --help says what it does and does nothing else' contains "$out$(calls_of cmake)" 'rtl check [--every-layer]'
run rtl frobnicate
promise 'an unknown part of rtl is refused by name' contains "$err" "'frobnicate' is unknown; allowed: check, area, --help"
promise 'neither builds anything' [ "$(calls_of cmake)" = 0 ]
fake dpkg-query 'for name in "${@:4}"; do [[ $name =~ ^(verilator|yosys|libtorch-dev)$ ]] || echo "$name installed"; done'
run rtl check --every-layer
promise 'rtl installs its own packages when it is called, and no LibTorch' \
  [ "$(grep -c 'apt-get .* install --no-install-recommends verilator yosys$' "$scene/calls")" = 1 ]
promise 'rtl check builds without LibTorch, in a folder of its own' \
  [ "$(grep -c -- "^cmake -S .* -B $scene/project/build/release/rtl .*TORCH=OFF" "$scene/calls")" = 1 ]
promise 'arguments reach the check unchanged' contains "$out" '<--every-layer>'
new_scene
ADAGRAIN_CMAKE_ARGS=-DADAGRAIN_RTL=ON run rtl check
promise 'a build that has the units is used' \
  [ "$(grep -c -- "^cmake -S .* -B $scene/project/build/release -" "$scene/calls")" = 1 ]

new_scene
fake dpkg-query 'for name in "${@:4}"; do [[ $name == gnuplot-nox ]] || echo "$name installed"; done; exit 1'
ADAGRAIN_NO_INSTALL=1 run run
promise 'NO_INSTALL stops' [ "$status" = 2 ]
promise 'NO_INSTALL lists what is missing and why' contains "$err" 'gnuplot-nox            figures'
promise 'NO_INSTALL lists nothing else' lacks "$err" libtorch-dev
promise 'NO_INSTALL says how to mend it' contains "$err" 'sudo apt-get install --no-install-recommends gnuplot-nox'
promise 'NO_INSTALL installs and builds nothing' [ "$(calls_of apt-get)$(calls_of cmake)" = 00 ]
run run
promise 'what is missing is installed, and only that' \
  [ "$(grep -c 'apt-get .* install --no-install-recommends gnuplot-nox$' "$scene/calls")" = 1 ]
promise 'it says what and why before it installs' contains "$err" 'gnuplot-nox            figures'

# A machine with the packages for every command and no other.
new_scene
network_free='for name in "${@:4}"; do
  case $name in libtorch-dev | libopenblas* | libgtest-dev | dataset-* | gnuplot-nox) ;; *) echo "$name installed" ;; esac
done; exit 1'
fake dpkg-query "$network_free"
for subcommand in compress decompress inspect verify bench hardware --help --version; do
  run "$subcommand"
  promise "$subcommand asks for no package that only networks need" [ "$(calls_of apt-get)" = 0 ]
done
promise 'without a network it is configured without LibTorch' \
  [ "$(grep -c -- '^cmake -S .*ADAGRAIN_TORCH=OFF.*ADAGRAIN_BUILD_TESTS=OFF' "$scene/calls")" = 1 ]
promise 'and built once, the program alone' [ "$(calls_of 'cmake --build')$(grep -c -- '--target adagrain ' "$scene/calls")" = 11 ]
run plot
promise 'plot asks for gnuplot, and for nothing else' \
  [ "$(grep -c 'apt-get .* install --no-install-recommends gnuplot-nox$' "$scene/calls")" = 1 ]
: > "$scene/calls"
run --threads 2 run
promise 'a command for networks asks for LibTorch, wherever its name stands' \
  [ "$(grep -c 'apt-get .* install .*libtorch-dev' "$scene/calls")" = 1 ]
promise 'and is configured anew in the same folder, with LibTorch' \
  [ "$(grep -c -- "^cmake -S .*-B $scene/project/build/release .*ADAGRAIN_TORCH=ON" "$scene/calls")" = 1 ]
promise 'and builds the other program as well' [ "$(grep -c -- '--target adagrain-networks ' "$scene/calls")" = 1 ]
fake dpkg-query 'for name in "${@:4}"; do echo "$name installed"; done'
: > "$scene/calls"
run inspect
run --threads 2 run
run verify
promise 'once built with LibTorch, it stays so for every command' [ ! -s "$scene/calls" ]
touch "$scene/project/framework/a.cpp"
run inspect
promise 'a command without a network then builds its own program alone' \
  [ "$(calls_of 'cmake -S')$(grep -c -- '--target adagrain ' "$scene/calls")" = 01 ]

# A commit changes what the program says of itself.
mkdir -p "$scene/project/.git/logs"
touch "$scene/project/.git/logs/HEAD"
: > "$scene/calls"
run inspect
promise 'a commit is followed by one build' [ "$(calls_of 'cmake --build')" = 1 ]

# The launcher and the program agree on which commands are for networks.
listed=$(grep -o '^    {"[a-z-]*"' "$(dirname -- "$launcher")/framework/cli/network_commands.h" | tr -dc 'a-z\n-')
for subcommand in $listed; do
  new_scene
  run "$subcommand"
  promise "$subcommand is built with LibTorch" [ "$(grep -c -- '^cmake -S .*ADAGRAIN_TORCH=ON' "$scene/calls")" = 1 ]
done
promise 'the commands for networks are found in the sources' contains "$listed" train-policy

new_scene
fake dpkg-query 'for name in "${@:4}"; do [[ $name == libzstd-dev ]] || echo "$name installed"; done; exit 1'
run run
promise 'an optional package that is missing is not asked for' [ "$(calls_of apt-get)" = 0 ]
run setup
promise 'setup installs it' \
  [ "$(grep -c 'apt-get .* install --no-install-recommends libzstd-dev$' "$scene/calls")" = 1 ]
: > "$scene/calls"
run run
promise 'what setup installed is looked for by the next build' [ "$(calls_of 'cmake -S')" = 1 ]

new_scene
fake dpkg-query ''
fake apt-get 'echo "Temporary failure resolving deb.debian.org"; exit 100'
run run
promise 'a failed install stops' [ "$status" = 2 ]
promise 'a failed install names the mend' contains "$err" 'Is the network up'
promise 'apt-get'\''s own words are shown, on stderr' contains "$err" 'Temporary failure resolving'
promise 'a failed install builds nothing' [ "$(calls_of cmake)" = 0 ]
fake id 'echo 1000'
run run
promise 'without root and sudo it says what to run as root' contains "$err" 'as root: apt-get install'
fake sudo '"$@"'
fake apt-get ''
run run
promise 'sudo is used when not root' [ "$(grep -c '^sudo env .*apt-get .* install' "$scene/calls")" = 1 ]

new_scene
fake dpkg-query 'for name in "${@:4}"; do [[ $name == libtorch-dev ]] || echo "$name installed"; done'
mkdir -p "$scene/torch/share/cmake/Torch"
touch "$scene/torch/share/cmake/Torch/TorchConfig.cmake"
ADAGRAIN_CMAKE_ARGS="-DCMAKE_PREFIX_PATH=$scene/torch" run run
promise 'an upstream LibTorch replaces Debian'\''s' [ "$(calls_of apt-get)$status" = 03 ]
ADAGRAIN_NO_INSTALL=1 run run
promise 'without it Debian'\''s is missing' contains "$err" libtorch-dev

new_scene
fake cmake 'if [[ $1 == --build ]]; then echo "g++: fatal error: Killed signal terminated program cc1plus"; exit 1; fi'
run run
promise 'a failed build stops' [ "$status" = 2 ]
promise 'a failed build shows the end of the log' contains "$err" 'fatal error: Killed'
promise 'a failed build says where the log is' contains "$err" "$scene/project/build/release/build.log"
promise 'want of memory is recognised' contains "$err" 'ADAGRAIN_JOBS=1'
promise 'build output stays out of stdout' [ -z "$out" ]
fake cmake 'echo "No CMAKE_CXX_COMPILER could be found."; exit 1'
rm -rf "$scene/project/build"
run run
promise 'a missing compiler is named' contains "$err" 'no working C++ compiler'

echo "$failures promises broken"
[ "$failures" = 0 ]
