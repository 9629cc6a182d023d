# For tests of the command line: sets the scene in a folder of its own, gone at the end. `adagrain` is the program.
scene=$(mktemp -d)
trap 'rm -rf "$scene"' EXIT
cd "$scene"
failures=0

# expect <exit code> <text of the output, both streams> <arguments...>
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$adagrain" "$@" > output 2>&1 || got=$?
  if [[ $got != "$code" ]] || ! grep -qF -- "$text" output; then
    echo "FAILED: adagrain $*: exit code $got, expected $code and '$text' in:"
    cat output
    failures=$((failures + 1))
  fi
}
