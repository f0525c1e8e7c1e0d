#!/bin/sh
# Sets up a machine that has nothing but Debian and runs one thing on it, without any modem:
#
#   sh image/newcomer.sh demo [--json]     the main job: two people call and text each other through the box
#   sh image/newcomer.sh sandbox           a box and a virtual bank to play with from any language
#   sh image/newcomer.sh tests [PYTEST …]  linters, type checker and the whole test suite
#
# It installs what is missing with apt-get (as root, or through sudo), makes .venv beside itself and installs the
# project there with pip. Mirrors and proxies that apt and pip are set up with on the machine are used as they are.
# PYTHON=/path/to/python3 chooses another interpreter (3.11 or newer).
set -eu
cd "$(dirname "$0")/.."

usage() { sed -n '2,6s/^# \{0,1\}//p' image/newcomer.sh >&2; exit 2; }
[ $# -ge 1 ] || usage
job=$1
shift
case $job in demo|sandbox|tests) ;; *) usage ;; esac

# The sound library's headers: its Python binding is published as source only.
packages="libasound2-dev gcc"
# The peers: software that others wrote, run against the virtual bank and the box.
[ "$job" = tests ] && packages="$packages $(tr '\n' ' ' < tests/peers/packages.txt)"

good_python() {
    "$1" -c 'import sys, sysconfig, pathlib, venv, ensurepip
sys.exit(not (sys.version_info >= (3, 11) and pathlib.Path(sysconfig.get_paths()["include"], "Python.h").exists()))' 2>/dev/null
}
python=${PYTHON:-python3}
good_python "$python" || { python=/usr/bin/python3; packages="$packages python3 python3-venv python3-dev"; }

missing=
for package in $packages; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "newcomer.sh: run as root: apt-get install$missing" >&2; exit 2; }
        as_root=sudo
    fi
    echo "newcomer.sh: installing$missing" >&2
    { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing; } >&2
fi
good_python "$python" || { echo "newcomer.sh: $python is older than 3.11, or lacks venv or headers" >&2; exit 2; }

extra=
[ "$job" = tests ] && extra='[test]'
stamp=".venv/$job.stamp"
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install -q -e ".$extra" >&2
    touch "$stamp"
fi

case $job in
    demo|sandbox) exec .venv/bin/simveil "$job" "$@" ;;
esac

.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports

# pytest, which says 5 when it chose no test: right for one half of what the caller named, wrong for the suite.
chosen() {
    status=0
    .venv/bin/python -m pytest -q "$@" || status=$?
    [ "$status" = 5 ] && [ "$named" = yes ] || return "$status"
}
named=no
[ $# -eq 0 ] || named=yes
# Most tests wait for a radio, a disk or a process of others: four at a time keep two cores busy.
chosen -n 4 -m "not alone" "$@"
# What judges real time runs by itself, after the rest.
chosen -m alone "$@"
