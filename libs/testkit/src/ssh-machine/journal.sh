#!/bin/sh
# Starts systemd-journald in the mount namespace that this runs in: with a /dev of its own, because syslog(3) goes to /dev/log.
# The argument is the folder of the machine; its /run and /etc are in their places already.
set -eu
dev=$1/dev
mkdir "$dev"
mount -t tmpfs tmpfs "$dev"
for node in null zero full random urandom tty; do
  touch "$dev/$node"
  mount --bind "/dev/$node" "$dev/$node"
done
mkdir "$dev/pts" "$dev/shm"
mount --bind /dev/pts "$dev/pts"
ln -s pts/ptmx "$dev/ptmx"
ln -s /proc/self/fd "$dev/fd"
ln -s /run/systemd/journal/dev-log "$dev/log"
mount --bind "$dev" /dev
mkdir -p /run/systemd/journal /run/log/journal
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
/usr/lib/systemd/systemd-journald </dev/null >/dev/null 2>&1 &
echo $! >/run/journald.pid
until [ -S /run/systemd/journal/dev-log ]; do sleep 0.05; done
