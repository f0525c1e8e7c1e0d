#!/bin/sh
# Tries an image of image/build.sh without network:
#
#   sh image/boot-test.sh boot   [FOLDER]            first boot, simveil.txt, status.txt, ports, a call and a text
#   sh image/boot-test.sh update [FOLDER]            slot A to B, bundles that are refused, a version that does not live
#   sh image/boot-test.sh cuts   [FOLDER] [COUNT]    the power goes at random moments under traffic: user-mode Linux
#   sh image/boot-test.sh whole  [FOLDER] [COUNT]    the same in QEMU, with the image's own kernel and modems on it
#   sh image/boot-test.sh all    [FOLDER] [COUNT]
#
# FOLDER is the one that build.sh wrote to, dist/image by default; transcripts of the serial ports, figures and findings
# lie in FOLDER/boot, FOLDER/update, FOLDER/cuts and FOLDER/whole. It needs qemu-system-x86, ovmf, mtools, rauc,
# squashfs-tools, fdisk, e2fsprogs and openssl; for cuts user-mode-linux, busybox-static and qemu-system-common.
set -eu
cd "$(dirname "$0")/.."
job=${1:-all}
out=${2:-dist/image}
count=${3:-50}
image=$out/simveil-amd64.img
commands="qemu-system-x86_64 mcopy rauc unsquashfs sfdisk e2fsck openssl"
[ "$job" != cuts ] && [ "$job" != all ] || commands="$commands linux.uml busybox qemu-storage-daemon"
for command in $commands; do
    command -v "$command" >/dev/null || {
        echo "boot-test.sh: $command is missing; what it needs is named at its beginning" >&2
        exit 2
    }
done
[ -s "$image" ] || { echo "boot-test.sh: first sh image/build.sh amd64 $out" >&2; exit 2; }
python=${PYTHON:-python3}

boot() { "$python" -m tests.image.boot "$image" "$out/boot"; }
update() { "$python" -m tests.image.update "$image" "$out/simveil-amd64.raucb" "$out/keys" "$out/update"; }
cuts() { "$python" -m tests.image.cuts "$image" "$out/cuts" --count "$count"; }
whole() { "$python" -m tests.image.cuts "$image" "$out/whole" --count "$count" --machine qemu; }
case $job in
    boot|update|cuts|whole) "$job" ;;
    all) boot; update; cuts ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
