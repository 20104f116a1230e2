#!/bin/sh
# wine.sh PROGRAM ARG...
#
# Runs a Windows program under Wine, in place of this shell: signals reach it (SIGINT as
# CTRL_C_EVENT) and its exit code comes back. Uses the prefix WINEPREFIX and makes it
# first if need be. Exits with 125 when Wine is missing or cannot be set up.
#
# Memory gets no random layout, where that can be had: Wine's loader may be no PIE, and
# then its heap lies anywhere in the GiB behind it; once in some thousand starts that is
# on the page 0x7ffe0000, which every Windows process needs ("failed to map the shared
# user data"). Such a start ends with 1 before anything of the program has run.
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
    for name in "${wine%/*}/wineserver" wineserver /usr/lib/wine/wineserver64; do
        command -v "$name" && return
    done
}

# Starts Wine's server unless it runs, and makes the prefix unless it is there. A server
# that outlives its last program spares the next one 0.4 s; it goes after a minute
# without work. Wine's services start with the first program and keep its streams open
# as long as the server runs, so the first program is one that nobody waits for.
prepare() {
    exec 9>"$WINEPREFIX/.krgen-lock"
    flock 9
    server=$(find_server) || return 0
    "$server" -p60 </dev/null >/dev/null 2>&1 9>&- || return 0 # it runs already
    $fixed_layout "$wine" wineboot --init </dev/null >/dev/null 2>&1 9>&- ||
        fail "cannot initialise the prefix $WINEPREFIX"
}

[ $# -gt 0 ] || fail "usage: wine.sh PROGRAM ARG..."
[ -n "${WINEPREFIX:-}" ] || fail "WINEPREFIX is not set"
wine=$(find_wine) || true
[ -n "$wine" ] || fail "Wine is not installed (Debian: wine64)"
fixed_layout='setarch -R'
$fixed_layout true 2>/dev/null || fixed_layout= # some containers forbid it

# What keeps a program from starting is told.
export WINEDEBUG=-all,err+virtual,err+module,err+process
export WINEDLLOVERRIDES='mscoree,mshtml=' # no offers to install Mono and Gecko
export LC_ALL=C.UTF-8 # Wine reads arguments and names files by the locale
mkdir -p "$WINEPREFIX"
(prepare)

exec $fixed_layout "$wine" "$@"
