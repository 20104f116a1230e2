#!/bin/sh
# wine.sh PROGRAM ARG...
#
# Runs a Windows program under Wine, in place of this shell: signals reach it (SIGINT as
# CTRL_C_EVENT) and its exit code comes back. Uses the prefix WINEPREFIX and makes it
# first if need be. Exits with 125 when Wine is missing or cannot be set up.
set -eu

fail() {
    echo "wine.sh: $*" >&2
    exit 125
}

# Debian keeps the 64-bit loader and its server outside PATH.
find_wine() {
    for name in wine64 wine /usr/lib/wine/wine64; do
        command -v "$name" && return
    done
    dpkg -L wine64 2>/dev/null | grep -E '/wine64$' | while read -r path; do
        if [ -f "$path" ] && [ -x "$path" ]; then
            echo "$path"
            break
        fi
    done
}

find_server() {
    for name in "$(dirname "$1")/wineserver" wineserver /usr/lib/wine/wineserver64; do
        command -v "$name" && return
    done
}

make_prefix() {
    exec 9>"$WINEPREFIX/.krgen-lock"
    flock 9
    [ -e "$WINEPREFIX/.krgen-ready" ] && return
    "$wine" wineboot --init </dev/null >/dev/null 2>&1 9>&- ||
        fail "cannot initialise the prefix $WINEPREFIX"
    : >"$WINEPREFIX/.krgen-ready"
}

[ $# -gt 0 ] || fail "usage: wine.sh PROGRAM ARG..."
[ -n "${WINEPREFIX:-}" ] || fail "WINEPREFIX is not set"
wine=$(find_wine) || true
[ -n "$wine" ] || fail "Wine is not installed (Debian: wine64)"

export WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml=' # no offers to install Mono and Gecko
mkdir -p "$WINEPREFIX"
[ -e "$WINEPREFIX/.krgen-ready" ] || (make_prefix)

# A server that outlives its last program spares the next one 0.4 s of start. It holds
# no file of ours, so nobody waits for it, and it goes after a minute without work. The
# command fails when one is running already.
server=$(find_server "$wine") || true
[ -z "$server" ] || "$server" -p60 </dev/null >/dev/null 2>&1 || true

exec "$wine" "$@"
