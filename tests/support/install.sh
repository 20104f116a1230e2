# shellcheck shell=sh
# Installs what is missing. Sourced by specs/demo.sh and tests/run.sh, in the top folder.
#
# A thing counts as there when it can be used, wherever it came from; only what is not
# there is installed, and only on systems with apt-get, as root or through sudo.

has() {
    command -v "$1" >/dev/null 2>&1
}

has_wine() {
    has wine64 || has wine || [ -x /usr/lib/wine/wine64 ]
}

compiles() {
    printf '#include <%s>\nint main(void) { return 0; }\n' "$2" |
        $1 -x c -o /dev/null - >/dev/null 2>&1
}

has_library() {
    has pkg-config && pkg-config --exists "$1"
}

# Whether what Debian's package $1 brings is there.
has_package() {
    case $1 in
    ninja-build) has ninja ;;
    libc6-dev) compiles gcc stdio.h ;;
    libyaml-dev) has_library yaml-0.1 ;;
    libmd-dev) has_library libmd ;;
    zlib1g-dev) has_library zlib ;;
    libcmocka-dev) has_library cmocka ;;
    libxml2-utils) has xmllint ;;
    libclang-rt) compiles 'clang -fsanitize=address,undefined' stdio.h ;;
    gcc-mingw-w64-x86-64) has x86_64-w64-mingw32-gcc ;;
    wine64) has_wine ;;
    nodejs) has node || has nodejs ;;
    *) has "$1" ;;
    esac
}

# Those of the named packages that are not there.
missing() {
    for package; do
        has_package "$package" || printf '%s ' "$package"
    done
}

# Runs a command as root. Without a terminal nobody could type a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ] && [ -z "${CI:-}" ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

can_install() {
    has apt-get && { [ "$(id -u)" -eq 0 ] || has sudo; }
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$install_log" 2>&1
}

# The version of clang that "clang" stands for, installed or not.
clang_version() {
    if has clang; then
        clang -dumpversion | sed 's/[.].*//'
    else
        apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p'
    fi
}

# Where clang's sanitizer runtime is depends on the release.
clang_runtime_package() {
    version=$(clang_version)
    for candidate in "libclang-rt-$version-dev" "libclang-common-$version-dev"; do
        if apt-cache show "$candidate" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
}

# The packages to ask apt-get for.
real_names() {
    for package; do
        case $package in
        libclang-rt) clang_runtime_package ;;
        *) echo "$package" ;;
        esac
    done
}

is_list_fresh=false

# Installs those of the named packages that are not there. Fails when some are still
# missing afterwards; then $install_problem says why.
install_packages() {
    install_problem=
    names=$(missing "$@")
    [ -n "$names" ] || return 0
    if ! can_install; then
        install_problem="this needs apt-get, and root or sudo"
        return 1
    fi
    mkdir -p build
    install_log=build/install.log
    echo "== installing ${names% } (log: $install_log)"
    $is_list_fresh || apt update || true # an old list may do
    is_list_fresh=true
    # shellcheck disable=SC2046,SC2086
    apt install --yes --no-install-recommends $(real_names $names) || true
    names=$(missing "$@")
    [ -n "$names" ] || return 0
    install_problem="apt-get failed: $(tail -n 1 "$install_log")"
    return 1
}

# Those of the named packages of npm, each NAME@VERSION, that are not in build/npm.
missing_modules() {
    for module; do
        file=build/npm/node_modules/${module%@*}/package.json
        grep -qs "\"version\": \"${module##*@}\"" "$file" || printf '%s ' "$module"
    done
}

# Installs those of the named packages of npm that are not in build/npm; npm itself only
# where there is something to install. Fails like install_packages.
install_modules() {
    install_problem=
    modules=$(missing_modules "$@")
    [ -n "$modules" ] || return 0
    install_packages npm || return 1
    mkdir -p build/npm
    install_log=build/npm.log
    echo "== installing ${modules% } with npm (log: $install_log)"
    # All of them: npm would remove those that are not named. Those for another system,
    # which run under Wine, are installed by force.
    npm install --prefix build/npm --no-save --no-audit --no-fund --ignore-scripts --force \
        --fetch-retries 1 "$@" </dev/null >>$install_log 2>&1 || true
    [ -n "$(missing_modules "$@")" ] || return 0
    install_problem="npm failed (see $install_log)"
    return 1
}

# Brings the docker client alone: its package would start a daemon.
install_docker() {
    install_problem=
    ! has docker && [ ! -x build/docker/usr/bin/docker ] || return 0
    if ! can_install; then
        install_problem="this needs apt-get, and root or sudo"
        return 1
    fi
    mkdir -p build/docker
    install_log=build/install.log
    echo "== fetching the docker client (log: $install_log)"
    $is_list_fresh || apt update || true # an old list may do
    is_list_fresh=true
    (cd build/docker && apt-get -qq download docker.io && dpkg -x docker.io_*.deb . &&
        rm docker.io_*.deb) >>"$install_log" 2>&1 && return
    install_problem="apt-get failed: $(tail -n 1 "$install_log")"
    return 1
}

# Installs what nothing works without, or ends the script.
require() {
    install_packages "$@" && return
    echo "missing: $(missing "$@")" >&2
    echo "They could not be installed: $install_problem" >&2
    exit 1
}
