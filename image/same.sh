#!/bin/sh
# Builds the image of one commit twice, in two folders with nothing in common, and compares:
#
#   sh image/same.sh [amd64|arm64] [FOLDER]       as root; FOLDER is dist/same by default; exit 1 when they differ
#
# Each build makes its own trees of Debian packages, from the archive as it is then, and fetches the libraries anew.
# The second has another umask, time zone and language. Both have one set of keys, for a keyring is part of the image.
# CACHED=1 lets the second take the first one's trees of Debian packages: then the project's part alone is compared.
set -eu
cd "$(dirname "$0")/.."
arch=${1:-amd64}
out=$(mkdir -p "${2:-dist/same}" && cd "${2:-dist/same}" && pwd)
keys=$out/keys
rm -rf "$out/first" "$out/second-one"
mkdir -p "$keys" "$out/first" "$out/second-one/below"

[ -s "$keys/cert.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
    -subj "/CN=comparison" -keyout "$keys/key.pem" -out "$keys/cert.pem" 2>/dev/null
export SIGN_CERT="$keys/cert.pem" SIGN_KEY="$keys/key.pem" SIGN_CA="$keys/cert.pem"

git clone -q . "$out/first/source"
git clone -q . "$out/second-one/below/checkout"
sh "$out/first/source/image/build.sh" "$arch" "$out/first/made"
if [ "${CACHED:-}" = 1 ]; then
    mkdir -p "$out/second-one/below/output/cache"
    ln "$out"/first/made/cache/system-* "$out"/first/made/cache/maker-* "$out/second-one/below/output/cache/"
fi
(umask 077 && TZ=Asia/Shanghai LANG=C.UTF-8 \
    sh "$out/second-one/below/checkout/image/build.sh" "$arch" "$out/second-one/below/output")

one=$out/first/made two=$out/second-one/below/output
echo "same.sh: the first build's, against the second's:" >&2
if diff "$one/simveil-$arch.sha256" "$two/simveil-$arch.sha256" && cmp "$one/simveil-$arch.img" "$two/simveil-$arch.img"
then
    cat "$one/simveil-$arch.sha256"
    exit 0
fi
# What it is that differs: the files of the slots, and of the packages.
diff "$one/simveil-$arch.packages" "$two/simveil-$arch.packages" || true
for build in "$one" "$two"; do
    rm -rf "$build/deb" "$build/slot"
    dpkg-deb -R "$build"/cache/simveil-"$arch"-*.deb "$build/deb"
    dd if="$build/simveil-$arch.img" of="$build/slot.img" bs=1M skip=129 count=640 status=none
    unsquashfs -q -n -d "$build/slot" "$build/slot.img" >/dev/null
    rm "$build/slot.img"
    for part in deb slot; do
        (cd "$build/$part" && find . -printf '%P %M %u %g %s %T@ %l\n' | LC_ALL=C sort) > "$build/$part.list"
    done
done
for part in deb slot; do
    diff "$one/$part.list" "$two/$part.list" || true
    diff -r --no-dereference -q "$one/$part" "$two/$part" 2>&1 | grep -v 'Operation not permitted' || true
done
exit 1
