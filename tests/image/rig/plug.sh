#!/bin/sh
# Plugs two fake modems into this machine, on the kernel's own gadget drivers: one stick that discovery knows, with a
# serial port for its voice, and one that the configuration names, whose voice is a sound card.
set -eu
modprobe dummy_hcd num=2
modprobe libcomposite
modprobe option
modprobe snd-aloop enable=1 index=0 id=ModemB pcm_substreams=1
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
# Not by their ids alone: option wants interfaces of its own kinds for these.
echo 12d1 1001 > /sys/bus/usb-serial/drivers/option1/new_id
echo 1d6b 0104 > /sys/bus/usb-serial/drivers/option1/new_id

# plug NUMBER VENDOR PRODUCT SERIAL PORTS
plug() {
    gadget=/sys/kernel/config/usb_gadget/modem$1
    mkdir "$gadget"
    echo "$2" > "$gadget/idVendor"
    echo "$3" > "$gadget/idProduct"
    mkdir "$gadget/strings/0x409" "$gadget/configs/c.1"
    echo "$4" > "$gadget/strings/0x409/serialnumber"
    echo Fake > "$gadget/strings/0x409/manufacturer"
    echo "Fake modem" > "$gadget/strings/0x409/product"
    for port in $(seq 0 $(($5 - 1))); do
        mkdir "$gadget/functions/gser.m$1p$port"
        ln -s "$gadget/functions/gser.m$1p$port" "$gadget/configs/c.1/"
    done
    echo "dummy_udc.$1" > "$gadget/UDC"
}
plug 0 0x12d1 0x1001 SIM0001 3
plug 1 0x1d6b 0x0104 SIM0002 1
