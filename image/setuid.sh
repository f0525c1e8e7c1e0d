#!/bin/sh
# Holds a root file system to the lists of what may change identity (setuid or setgid):
#
#   sh image/setuid.sh ROOT            takes the bits of setuid-taken.txt away; fails when a file is on neither list
#   sh image/setuid.sh ROOT list       prints what is left, and fails when that is not setuid.txt
set -eu
root=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
changers() { find "$root" -xdev -type f -perm /6000 -printf '/%P\n' | LC_ALL=C sort; }

if [ "${2:-}" = list ]; then
    changers | while read -r file; do stat -c "%a $file" "$root$file"; done
    [ "$(changers)" = "$(cat "$here/setuid.txt")" ] || { echo "setuid.sh: that is not image/setuid.txt" >&2; exit 1; }
    exit
fi
changers | {
    unknown=
    while read -r file; do
        if grep -qxF "$file" "$here/setuid-taken.txt"; then
            chmod ug-s "$root$file"
        elif ! grep -qxF "$file" "$here/setuid.txt"; then
            unknown="$unknown $file"
        fi
    done
    [ -z "$unknown" ] || { echo "setuid.sh: on neither list:$unknown" >&2; exit 1; }
}
