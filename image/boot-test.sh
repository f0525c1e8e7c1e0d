#!/bin/sh
# Tries an image of image/build.sh in QEMU, emulated, without network:
#
#   sh image/boot-test.sh boot   [FOLDER]            first boot, simveil.txt, status.txt, ports, a call and a text
#   sh image/boot-test.sh update [FOLDER]            slot A to B, a stranger's signature, a version that does not live
#   sh image/boot-test.sh cuts   [FOLDER] [COUNT]    the power goes at random moments under traffic
#   sh image/boot-test.sh all    [FOLDER] [COUNT]
#
# FOLDER is the one that build.sh wrote to, dist/image by default; transcripts of the serial ports, figures and findings
# lie in FOLDER/boot, FOLDER/update and FOLDER/cuts. It needs qemu-system-x86, ovmf, mtools, rauc and squashfs-tools.
set -eu
cd "$(dirname "$0")/.."
job=${1:-all}
out=${2:-dist/image}
count=${3:-50}
image=$out/simveil-amd64.img
for command in qemu-system-x86_64 mcopy rauc unsquashfs; do
    command -v "$command" >/dev/null || {
        echo "boot-test.sh: apt-get install qemu-system-x86 ovmf mtools rauc squashfs-tools" >&2
        exit 2
    }
done
[ -s "$image" ] || { echo "boot-test.sh: first sh image/build.sh amd64 $out" >&2; exit 2; }
python=${PYTHON:-python3}

boot() { "$python" -m tests.image.boot "$image" "$out/boot"; }
update() { "$python" -m tests.image.update "$image" "$out/simveil-amd64.raucb" "$out/keys" "$out/update"; }
cuts() { "$python" -m tests.image.cuts "$image" "$out/cuts" --count "$count"; }
case $job in
    boot|update|cuts) "$job" ;;
    all) boot; update; cuts ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
