#!/bin/sh
# Builds a Debian package of this checkout for this machine's architecture and Debian release:
#
#   sh image/package.sh [FOLDER]       writes FOLDER/simveil_VERSION_ARCH.deb, in dist/ by default
#
# Everything it runs lies in /opt/simveil; it needs python3 of the release that it was built on, and no network to
# install. image/wheels.txt names the Python libraries in it; two builds of one commit are the same file
# (SOURCE_DATE_EPOCH is the commit's time).
# Upgrade and removal keep /var/lib/simveil, and so does a purge, which takes the configuration alone.
set -eu
umask 022
export TZ=UTC
cd "$(dirname "$0")/.."
out=$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)

python=/usr/bin/python3
for tool in dpkg-deb git "$python"; do
    command -v "$tool" >/dev/null || { echo "package.sh: $tool is missing" >&2; exit 2; }
done
"$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "package.sh: apt-get install python3-venv" >&2; exit 2; }

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# A later commit is a later version, so that apt takes it for an upgrade.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)+git$(git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S)
arch=$(dpkg --print-architecture)
minor=$("$python" -c 'import sys; print(sys.version_info[1])')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git archive HEAD | { mkdir "$work/source"; tar -x -C "$work/source"; }
"$python" -m venv "$work/venv"
root="$work/root"
lib="$root/opt/simveil/lib"
mkdir -p "$lib" "$root/opt/simveil/bin" "$root/DEBIAN"
# Debugging symbols would name the folder that a library was compiled in; bytecode has an order of sets in it.
export CFLAGS=-g0 PYTHONHASHSEED=0 PIP_CONSTRAINT="$work/source/image/wheels.txt"
grep -v -e '^#' -e '^setuptools=' -e '^wheel=' "$PIP_CONSTRAINT" > "$work/wheels"
"$work/venv/bin/python" -m pip install -q --no-compile --no-deps --target "$lib" -r "$work/wheels" "$work/source"
# Nothing is missing, and nothing outside the ranges that anything in it names.
PYTHONPATH="$lib" "$work/venv/bin/python" -m pip check >&2

# What differs from build to build, and what nobody runs.
rm -rf "$lib/bin"
find "$lib" -name direct_url.json -delete
find "$lib" -path '*.dist-info/RECORD' -exec sed -i '/direct_url\.json/d;/^\.\.\//d' {} +
# A file that only a newer Python reads is no reason to stop.
"$python" -W ignore -m compileall -q -s "$lib" -p /opt/simveil/lib --invalidation-mode unchecked-hash "$lib" || true

cat > "$root/opt/simveil/bin/simveil" <<'END'
#!/bin/sh
PYTHONPATH=/opt/simveil/lib exec /usr/bin/python3 -P -m appliance.cli "$@"
END
chmod 755 "$root/opt/simveil/bin/simveil"
mkdir -p "$root/usr/bin"
ln -s /opt/simveil/bin/simveil "$root/usr/bin/simveil"
put() { install -D -m "$3" "$work/source/$1" "$root/$2"; }
for unit in "$work/source/systemd/"*.service "$work/source/systemd/"*.timer "$work/source/systemd/"*.path \
    "$work/source/systemd/"*mount; do
    [ ! -e "$unit" ] || put "systemd/${unit##*/}" "usr/lib/systemd/system/${unit##*/}" 644
done
put systemd/simveil-orders opt/simveil/bin/simveil-orders 755
put systemd/simveil.sysusers usr/lib/sysusers.d/simveil.conf 644
put systemd/simveil.tmpfiles usr/lib/tmpfiles.d/simveil.conf 644
for rules in 60-simveil 95-simveil; do put "systemd/$rules.rules" "usr/lib/udev/rules.d/$rules.rules" 644; done
put systemd/simveil.toml etc/simveil/simveil.toml 640
put README.md usr/share/doc/simveil/README.md 644
put README.zh-CN.md usr/share/doc/simveil/README.zh-CN.md 644
put LICENSE usr/share/doc/simveil/copyright 644
for script in postinst prerm postrm; do put "image/debian/$script" "DEBIAN/$script" 755; done
echo /etc/simveil/simveil.toml > "$root/DEBIAN/conffiles"
cat > "$root/DEBIAN/control" <<END
Package: simveil
Version: $version
Architecture: $arch
Maintainer: simveil
Section: comm
Priority: optional
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: python3 (>= 3.$minor), python3 (<< 3.$((minor + 1))), libasound2 | libasound2t64, openssl, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles
Recommends: udev, openssh-client, rsync
Description: On-premise privacy numbers
 Masks calls and texts behind a bank of USB GSM/LTE modems, one SIM per number, with an HTTP interface that mirrors a
 public cloud's.
END
(cd "$root" && find opt usr -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
# shellcheck disable=SC2086 # words
dpkg-deb --root-owner-group -Z${COMPRESS:-zstd -z9} --build "$root" "$out/simveil_${version}_${arch}.deb" >&2
echo "$out/simveil_${version}_${arch}.deb"
