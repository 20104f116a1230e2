#!/bin/sh
# stop.sh WINE_SH TEST_OS_EXE: Ctrl+C reaches krt_os_on_stop(), and the second one ends
# the process at once. On this machine SIGINT to the Wine process is Ctrl+C.
set -u

output=$(mktemp)
trap 'rm -f "$output"' EXIT

await() {
    for _ in $(seq 200); do
        grep -q "$1" "$output" && return
        sleep 0.05
    done
    echo "no '$1' within 10 s" >&2
    kill "$pid" 2>/dev/null
    exit 1
}

# run MODE SIGNALS CODE
run() {
    "$wine" "$program" "$1" >"$output" &
    pid=$!
    await waiting
    kill -INT "$pid"
    await stopping
    [ "$2" -eq 1 ] || kill -INT "$pid"
    wait "$pid"
    code=$?
    [ "$code" -eq "$3" ] && return
    echo "$1: expected exit code $3, got $code" >&2
    exit 1
}

wine=$1
program=$2
run stop 1 3
run linger 2 1
