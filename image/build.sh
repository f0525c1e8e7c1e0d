#!/bin/sh
# Builds the flashable image of a box and its update bundle, from Debian packages and this commit alone:
#
#   sh image/build.sh [amd64|arm64] [FOLDER]       as root; FOLDER is dist/image by default
#
#   simveil-ARCH.img            GPT: boot (ESP), slots A and B, data; A is filled, B empty
#   simveil-ARCH.raucb          the same system as a signed update
#   simveil-ARCH.packages       every Debian package in it with its version
#   simveil-ARCH.setuid         every setuid or setgid file in it
#   simveil-ARCH.sha256         of the parts
#
# Packages that it needs on this machine: image/tools.txt. Trees of Debian packages are kept in FOLDER/cache and made
# anew when image/packages.txt changes, or with FRESH=1. Two builds of one commit against one state of Debian's archive
# are equal octet by octet; image/README.md lists what the rest depends on.
# SIGN_CERT, SIGN_KEY and SIGN_CA (PEM files) sign the update and are what the box trusts. Without them keys for
# development are made in FOLDER/keys: a box built with these takes updates from whoever has that folder.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C TZ=UTC
umask 022

arch=${1:-amd64}
case $arch in amd64|arm64) ;; *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;; esac
out=$(mkdir -p "${2:-dist/image}" && cd "${2:-dist/image}" && pwd)
here=$PWD/image
release=bookworm
cache=$out/cache
mkdir -p "$cache"

tell() { echo "build.sh: $*" >&2; }
missing=
while read -r command package; do
    command -v "$command" >/dev/null || missing="$missing $package"
done < "$here/tools.txt"
[ -z "$missing" ] || { tell "apt-get install$missing"; exit 2; }
[ "$(id -u)" = 0 ] || { tell "this has to run as root"; exit 2; }
if [ "$arch" != "$(dpkg --print-architecture)" ] && ! arch-test "$arch" >/dev/null 2>&1; then
    tell "this machine cannot run $arch programs: apt-get install qemu-user-static binfmt-support, then"
    tell "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc; update-binfmts --enable"
    exit 2
fi

[ -z "$(git status --porcelain -- image systemd)" ] || tell "image/ or systemd/ is not as it was committed"

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)+git$(git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S)

work=$(mktemp -d "$out/work.XXXXXX")
unmount() {
    for place in "$work"/*/proc "$work"/maker/opt/*; do ! mountpoint -q "$place" || umount "$place"; done
}
trap 'unmount; rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

# ---- trees of Debian packages --------------------------------------------------------------------------------------

mirror="deb http://deb.debian.org/debian $release main non-free-firmware
deb http://deb.debian.org/debian $release-updates main
deb http://deb.debian.org/debian-security $release-security main"

# tree NAME PACKAGES [OPTION…]: a tar of a tree, made once for each list of packages.
tree() {
    name=$1 packages=$2
    shift 2
    # What the hooks lay into the tree counts, not where it lies.
    key=$({ printf '%s %s %s' "$release" "$packages" "$*" | sed "s|$here||g"; cat "$here"/initramfs/*; } |
        sha256sum | cut -c1-12)
    tar=$cache/$name-$arch-$key.tar
    if [ ! -s "$tar" ] || [ "${FRESH:-}" = 1 ]; then
        tell "making the $name tree of $arch"
        printf '%s\n' "$mirror" | SOURCE_DATE_EPOCH=1 mmdebstrap --quiet --format=tar --mode=root --architectures="$arch" \
            --variant=minbase --include="$packages" --aptopt='APT::Install-Recommends "false"' \
            --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
            --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
            "$@" "$release" "$tar.new" - >&2
        mv "$tar.new" "$tar"
    fi
    echo "$tar"
}

list=$(sed "s/@ARCH@/$arch/" "$here/packages.txt" | paste -sd,)
# The kernel's package makes an initramfs by these; a second one would follow for nothing.
system=$(tree system "$list" --setup-hook="install -D -m 644 $here/initramfs/conf \"\$1/etc/initramfs-tools/conf.d/simveil\"" \
    --setup-hook="install -D -m 644 $here/initramfs/modules \"\$1/usr/share/initramfs-tools/modules.d/simveil\"")
maker=$(tree maker python3-venv,python3-dev,gcc,libc6-dev,libasound2-dev,git,ca-certificates,dpkg-dev)

# ---- the project's package, made in a tree of the same architecture and Debian -----------------------------------

commit=$(git rev-parse HEAD)
mkdir "$work/maker"
tar -C "$work/maker" -xf "$maker"
package() {
    tell "packing simveil $version"
    mount -t proc proc "$work/maker/proc"
    git clone -q --no-hardlinks --depth 1 "file://$PWD" "$work/maker/simveil"
    for file in /etc/resolv.conf /etc/pip.conf /etc/xdg/pip/constraints.txt /etc/ssl/certs/ca-certificates.crt; do
        [ ! -e "$file" ] || { mkdir -p "$work/maker$(dirname "$file")"; cat "$file" > "$work/maker$file"; }
    done
    # Folders of wheels that this machine's pip is set up with.
    for folder in /opt/pypi /opt/pypi-more /opt/wheels; do
        [ -d "$folder" ] || continue
        mkdir -p "$work/maker$folder"
        mount --bind "$folder" "$work/maker$folder"
        mount -o remount,bind,ro "$work/maker$folder"
    done
    mkdir -p "$cache/pip-$arch" "$work/maker/root/.cache/pip"
    cp -r "$cache/pip-$arch/." "$work/maker/root/.cache/pip/"
    chroot "$work/maker" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 COMPRESS=none \
        sh /simveil/image/package.sh /out >&2
    cp -r "$work/maker/root/.cache/pip/." "$cache/pip-$arch/"
    unmount
    mv "$work/maker/out/"*.deb "$cache/simveil-$arch-$commit.deb"
}
if [ ! -s "$cache/simveil-$arch-$commit.deb" ] || [ "${FRESH:-}" = 1 ]; then package; fi
cp "$cache/simveil-$arch-$commit.deb" "$work/simveil.deb"

# What starts the machine before Linux does: never installed, only taken along.
firmware() {
    mkdir -p "$work/maker/firmware" "$work/$1"
    printf '%s\n' "$mirror" > "$work/maker/etc/apt/sources.list"
    [ -e "$cache/$1-$arch.deb" ] || {
        chroot "$work/maker" sh -c "cd /firmware && rm -f *.deb && apt-get -qq update && apt-get -qq download $1" >&2
        cp "$work/maker/firmware/$1"_*.deb "$cache/$1-$arch.deb"
    }
    dpkg-deb -x "$cache/$1-$arch.deb" "$work/$1"
}
case $arch in
    amd64) firmware grub-efi-amd64-bin ;;
    arm64) firmware grub-efi-arm64-bin; firmware raspi-firmware; firmware u-boot-rpi ;;
esac

# ---- the root file system ------------------------------------------------------------------------------------------

tell "assembling the root file system"
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$system"
mount -t proc proc "$root/proc"
cp "$work/simveil.deb" "$root/simveil.deb"
chroot "$root" dpkg --install /simveil.deb >&2
rm "$root/simveil.deb"
cp -r --no-preserve=ownership "$here/rootfs/." "$root/"
find "$here/rootfs" -type f -printf '%P\n' | while read -r file; do
    case $file in
        usr/lib/simveil/*|usr/bin/*) chmod 755 "$root/$file" ;;
        *) chmod 644 "$root/$file" ;;
    esac
done

make_keys() {
    [ -s "$out/keys/cert.pem" ] && return
    tell "making keys for development in $out/keys"
    mkdir -p "$out/keys"
    chmod 700 "$out/keys"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -subj "/CN=simveil development" \
        -keyout "$out/keys/ca.key" -out "$out/keys/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=simveil update" \
        -keyout "$out/keys/key.pem" -out "$out/keys/cert.csr" 2>/dev/null
    openssl x509 -req -in "$out/keys/cert.csr" -CA "$out/keys/ca.pem" -CAkey "$out/keys/ca.key" -days 7300 \
        -set_serial 1 -out "$out/keys/cert.pem" 2>/dev/null
}
if [ -z "${SIGN_KEY:-}" ]; then
    make_keys
    SIGN_KEY=$out/keys/key.pem SIGN_CERT=$out/keys/cert.pem SIGN_CA=$out/keys/ca.pem
fi
sed -i "s/@ARCH@/$arch/" "$root/etc/rauc/system.conf"
install -m 644 "${SIGN_CA:?}" "$root/etc/rauc/keyring.pem"
printf 'VERSION=%s\nCOMMIT=%s\n' "$version" "$commit" > "$root/usr/lib/simveil/release"

systemd-sysusers --root="$root" >&2
# Keys that the package made are nobody's: each box makes its own.
rm -f "$root"/etc/ssh/ssh_host_*

# Every unit of ours that says what it is wanted by, and what of systemd's the box needs.
for unit in "$root"/usr/lib/systemd/system/simveil*; do
    grep -q '^\[Install\]' "$unit" || continue
    case $unit in *@.service) continue ;; esac
    systemctl --root="$root" --quiet enable "${unit##*/}"
done
systemctl --root="$root" --quiet enable systemd-networkd.service systemd-resolved.service systemd-timesyncd.service
systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    systemd-networkd-wait-online.service e2scrub_all.timer e2scrub_reap.service alsa-restore.service \
    alsa-state.service ldconfig.service systemd-pcrphase.service
# Every terminal of the machine is the technician's console; nobody logs in.
for getty in serial-getty getty; do
    ln -sf "/usr/lib/systemd/system/simveil-console@.service" "$root/etc/systemd/system/$getty@.service"
done
ln -sf /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
ln -sf /data/etc-localtime "$root/etc/localtime"
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname"
# A stick for backups is mounted at the last one; systemd makes no folder on a root that is read-only.
mkdir -p "$root/data" "$root/boot/efi" "$root/media/simveil"

# Nobody changes identity on a box: what Debian's packages bring of it is taken away, and nobody brings anything else.
sh "$here/setuid.sh" "$root"

# shellcheck disable=SC2016 # dpkg-query's own words
chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' > "$work/packages"
mv "$root"/boot/vmlinuz-* "$root/boot/vmlinuz"
mv "$root"/boot/initrd.img-* "$root/boot/initrd.img"
umount "$root/proc"

# What differs from build to build, and what a box never reads.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/var/cache/ldconfig/* \
    "$root"/boot/System.map-* "$root"/initrd.img* "$root"/vmlinuz* "$root"/tmp/* "$root"/usr/lib/grub "$root"/run/*
rm -f "$root"/etc/*- "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/etc/.pwd.lock
for drivers in gpu/drm/amd gpu/drm/nouveau gpu/drm/radeon media infiniband isdn net/wireless scsi staging iio; do
    rm -rf "$root"/lib/modules/*/kernel/drivers/$drivers
done
for modules in "$root"/lib/modules/*; do depmod -b "$root" "${modules##*/}"; done

sh "$here/setuid.sh" "$root" list > "$out/simveil-$arch.setuid"
# A box starts by reading a thousand small files: in large blocks, or packed harder than GRUB's LZO, half of the
# processor's time of a start went into unpacking them.
mksquashfs "$root" "$work/root.squashfs" -quiet -no-progress -comp lzo -b 32K -noappend -reproducible -no-xattrs >&2
# RAUC and the slots' sizes are in whole MiB.
truncate -s %1M "$work/root.squashfs"

# ---- the boot partition --------------------------------------------------------------------------------------------

tell "making the partitions"
esp=$work/esp
mkdir -p "$esp/EFI/BOOT" "$esp/EFI/simveil"
case $arch in
    amd64) target=x86_64-efi binary=BOOTX64.EFI modules="serial terminal" console="console=tty0 console=ttyS0,115200" ;;
    arm64) target=arm64-efi binary=BOOTAA64.EFI modules="terminal fdt" console="" ;;
esac
# shellcheck disable=SC2086 # a list of modules
grub-mkimage -d "$work/grub-efi-$arch-bin/usr/lib/grub/$target" -O "$target" -p /EFI/simveil -o "$esp/EFI/BOOT/$binary" \
    part_gpt fat squash4 gzio normal configfile loadenv test true echo regexp search linux sleep reboot minicmd ls \
    cat all_video efi_gop $modules
sed "s|@CONSOLE@|$console|" "$here/boot/grub.cfg" > "$esp/EFI/simveil/grub.cfg"
grub-editenv "$esp/EFI/simveil/grubenv" create
grub-editenv "$esp/EFI/simveil/grubenv" set ORDER="A B" A_OK=1 A_TRY=0 B_OK=0 B_TRY=0
# Line ends that every desktop system's editor knows.
sed 's/$/\r/' "$here/boot/simveil.txt" > "$esp/simveil.txt"
if [ "$arch" = arm64 ]; then
    cp "$work"/raspi-firmware/usr/lib/raspi-firmware/*.bin "$work"/raspi-firmware/usr/lib/raspi-firmware/*.elf \
        "$work"/raspi-firmware/usr/lib/raspi-firmware/*.dat "$esp/"
    cp "$root"/usr/lib/linux-image-*/broadcom/bcm27*.dtb "$root"/usr/lib/linux-image-*/broadcom/bcm28*.dtb "$esp/"
    cp "$work/u-boot-rpi/usr/lib/u-boot/rpi_arm64/u-boot.bin" "$esp/u-boot.bin"
    cp "$here/boot/config.txt" "$esp/config.txt"
fi
find "$esp" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
truncate -s 128M "$work/esp.img"
# FAT32, for a Raspberry Pi's firmware takes what lies in a GPT for nothing else.
# Not SIMVEIL: that is the name of the stick that backups go to.
mkfs.vfat -F 32 -n SIMVEILBOOT --invariant "$work/esp.img" >/dev/null
(cd "$esp" && find . -mindepth 1 | sort | while read -r file; do
    if [ -d "$file" ]; then mmd -i "$work/esp.img" "::$file"; else mcopy -m -i "$work/esp.img" "$file" "::$file"; fi
done)

# ---- data, and the disk --------------------------------------------------------------------------------------------

data=$work/data
mkdir -p "$data/simveil" "$data/etc" "$data/journal" "$data/systemd" "$data/provision"
chroot "$root" id -u simveil > "$work/uid"
chown "$(cat "$work/uid"):$(chroot "$root" id -g simveil)" "$data/simveil"
chmod 750 "$data/simveil"
chgrp "$(chroot "$root" id -g simveil)" "$data/etc"
chmod 750 "$data/etc"
chmod 700 "$data/provision"
find "$data" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -d "$data" -L simveil-data -m 1 \
    -U 51e4b007-da7a-4000-8000-000000000004 -E hash_seed=51e4b007-da7a-4000-8000-0000000000ff \
    -O metadata_csum,64bit "$work/data.img" 64M
# The folders' last changes are now, whatever was said of them: in the image they are the commit's.
(cd "$data" && find . -type d -printf "set_inode_field /%P ctime @$SOURCE_DATE_EPOCH\n") > "$work/times"
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f "$work/times" "$work/data.img" >/dev/null 2>&1

slot=640 # MiB each
[ "$(stat -c %s "$work/root.squashfs")" -le $((slot << 20)) ] || { tell "the system is larger than a slot"; exit 1; }
image=$work/disk.img
truncate -s $((1 + 128 + 2 * slot + 64 + 1))M "$image"
sfdisk --quiet "$image" << PARTITIONS
label: gpt
label-id: 51E4B007-D15C-4000-8000-000000000000
first-lba: 2048
start=1MiB, size=128MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=51E4B007-0001-4000-8000-000000000001, name=simveil-boot
size=${slot}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=51E4B007-0002-4000-8000-000000000002, name=simveil-a
size=${slot}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=51E4B007-0003-4000-8000-000000000003, name=simveil-b
size=64MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=51E4B007-0004-4000-8000-000000000004, name=simveil-data
PARTITIONS
place() { dd if="$1" of="$image" bs=1M seek="$2" conv=notrunc,sparse status=none; }
place "$work/esp.img" 1
place "$work/root.squashfs" 129
place "$work/data.img" $((129 + 2 * slot))

# ---- the update ----------------------------------------------------------------------------------------------------

mkdir "$work/bundle"
ln "$work/root.squashfs" "$work/bundle/root.img"
cat > "$work/bundle/manifest.raucm" << MANIFEST
[update]
compatible=simveil-$arch
version=$version

[bundle]
format=verity

[image.rootfs]
filename=root.img
MANIFEST
rauc --cert="$SIGN_CERT" --key="$SIGN_KEY" --keyring="$SIGN_CA" bundle "$work/bundle" "$work/update.raucb" >&2

mv "$image" "$out/simveil-$arch.img"
mv "$work/update.raucb" "$out/simveil-$arch.raucb"
mv "$work/packages" "$out/simveil-$arch.packages"
(cd "$work" && sha256sum simveil.deb root.squashfs esp.img data.img) > "$out/simveil-$arch.sha256"
(cd "$out" && sha256sum "simveil-$arch.img") >> "$out/simveil-$arch.sha256"
tell "done: $out/simveil-$arch.img, $(stat -c %s "$work/root.squashfs") octets in slot A"
