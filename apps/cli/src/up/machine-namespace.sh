#!/bin/sh
# Runs a program as if on a machine of its own: with its own /etc (accounts, sshd, sudoers), /run, mail, spool and homes, which are
# folders below the first argument. Nothing outside of this mount namespace changes. The second is where homes are to be.
set -eu
root=$1
homes=$2
shift 2
mount --bind "$root/etc" /etc
mount --bind "$root/run" /run
mount --bind "$root/log" /var/log
mount --bind "$root/mail" /var/mail
mount --bind "$root/spool" /var/spool
mount --bind "$root/homes" "$homes"
exec "$@"
