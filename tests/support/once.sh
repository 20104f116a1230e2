#!/bin/sh
# once.sh COMPILER ARGUMENT...: the compiler, as CMake calls it for a source file. The
# runtime that a krgen writes is the same for every server, so what was made of one of its
# files with the same arguments is used again. Kept in the folder ONCE_FOLDER, the
# arguments being folders in it; what is older than the krgen ONCE_KRGEN is made anew. A
# test that changes a runtime's files must do without.
#
# As it runs for each file of each server, it starts no process but the last.
set -eu
for source; do :; done
case $source in
*-src/runtime/*.c) ;;
*) exec "$@" ;;
esac

# The paths differ from server to server, what they lead to does not.
object=
previous=
arguments=
for argument; do
    [ "$previous" = -o ] && object=$argument
    previous=$argument
    case $argument in
    *-src/* | *.c.o | *.c.o.d | *.c.obj | *.c.obj.d) ;;
    *) arguments=$arguments/$argument ;;
    esac
done

kept=$ONCE_FOLDER$arguments/${source##*/}.o
if [ "$kept" -nt "$ONCE_KRGEN" ]; then
    printf '%s: %s\n' "$object" "$source" >"$object.d"
    exec cp "$kept" "$object"
fi
"$@"
mkdir -p "${kept%/*}"
cp "$object" "$kept.$$"
mv "$kept.$$" "$kept"
