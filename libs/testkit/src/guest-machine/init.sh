#!/bin/sh
# First process of a guest (start-guest.ts): mounts what programs expect, loads device mapper, runs the program on the first
# serial line. The root is the host's file system, read-only; memory is the only place to write.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /dev/pts /run/modules/lib/modules
mount -t tmpfs tmpfs /dev/shm
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/modules/lib/modules/
# Ciphers first: a module of keys looks for them once, when it is loaded.
modprobe -d /run/modules -a cbc ctr ecb xts hmac authenc dm-mod dm-crypt dm-integrity
stty -F /dev/ttyS0 raw -echo
cd /run || exit 1
# shellcheck disable=SC2154 # from the kernel's command line
"$guest_node" "$guest_program" </dev/ttyS0 >/dev/ttyS0 2>/dev/console
code=$?
sync
echo "{\"exit\":$code}" >/dev/ttyS0
# The end of the first process would be a panic; the host ends the guest.
while :; do sleep 60; done
