#!/bin/sh
# demo.sh [--windows]
#
# Builds krgen, compiles specs/demo.yaml with it, starts the server, calls GET /pipe, and
# stops the server. With --windows the server is cross-compiled and runs under Wine.
set -eu
cd "$(dirname "$0")/.."
. tests/support/install.sh

ready_file=build/demo.ready
patience=60 # seconds

fail() {
    echo "demo.sh: $*" >&2
    exit 1
}

# Runs a command whose output is of interest only when it fails.
quietly() {
    mkdir -p build
    "$@" >build/demo.log 2>&1 && return
    cat build/demo.log >&2
    fail "failed: $*"
}

# Becomes the server's program, so that signals reach it; for subshells.
demo() {
    if $is_windows; then
        exec sh tests/support/wine.sh "$program" "$@"
    else
        exec "$program" "$@"
    fi
}

is_running() {
    kill -0 "$pid" 2>/dev/null
}

await_ready() {
    end=$(($(date +%s) + patience))
    while [ ! -e $ready_file ]; do
        is_running || fail "the server ended before it was ready"
        [ "$(date +%s)" -lt "$end" ] || fail "the server is not ready after $patience s"
        sleep 0.05
    done
}

pid=
clean_up() {
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
    rm -f $ready_file
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

case ${1:-} in
'') is_windows=false program=build/demo options= ;;
--windows) is_windows=true program=build/demo.exe options=' --target windows' ;;
*) fail "usage: sh specs/demo.sh [--windows]" ;;
esac

require cmake ninja-build gcc libc6-dev pkg-config re2c libyaml-dev libmd-dev zlib1g-dev
if $is_windows; then
    require gcc-mingw-w64-x86-64 wine64
fi

echo "== building krgen"
quietly cmake --preset release
quietly cmake --build --preset release

echo "== krgen specs/demo.yaml -o build/$options"
# shellcheck disable=SC2086
build/release/generator/krgen specs/demo.yaml -o build/ $options

if $is_windows; then
    echo "== preparing Wine"
    export WINEPREFIX="$PWD/build/wine"
    quietly sh tests/support/wine.sh cmd.exe /c exit
fi

echo "== $program"
rm -f $ready_file
demo --log error --ready-file $ready_file &
pid=$!
await_ready

echo "== $program --call GET /pipe"
reply=$(demo --call GET /pipe)
printf '\n    %s\n\n' "$reply"

kill -INT "$pid"
code=0
wait "$pid" || code=$?
pid=
[ $code -eq 0 ] || fail "the server ended with exit code $code"
echo "== stopped with Ctrl+C, exit code 0"
[ "$reply" = 'Hello over named pipe' ] || fail "this is not the demo's reply"
