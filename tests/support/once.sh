#!/bin/sh
# once.sh COMPILER ARGUMENT...: the compiler, as CMake calls it for a source file. The
# runtime is the same in every generated server, so what was made of one of its files
# with the same arguments is used again. Kept in the folder KRGEN_ONCE.
set -eu
for source; do :; done
case $source in
*/runtime/*.c) ;;
*) exec "$@" ;;
esac

object=
previous=
for argument; do
    [ "$previous" = -o ] && object=$argument
    previous=$argument
done

# The paths differ from server to server, what they lead to does not.
key=$({
    printf '%s\n' "$*" | sed 's#[^ ]*-src/#/#g'
    cat "${source%/*}"/*.h "$source"
} | sha256sum | cut -c1-40)
kept=$KRGEN_ONCE/$key.o
if [ ! -f "$kept" ]; then
    "$@"
    mkdir -p "$KRGEN_ONCE"
    cp "$object" "$kept.$$"
    mv "$kept.$$" "$kept"
else
    cp "$kept" "$object"
    printf '%s: %s\n' "$object" "$source" >"$object.d"
fi
