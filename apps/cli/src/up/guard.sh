#!/bin/sh
# Holds the lock of a data directory for as long as anything of `asterism up` may still run, and ends what is left when
# `up` dies without a word (kill -9): its standard input then reaches its end.
# Lines it reads: "add GROUP", "remove GROUP", "folder PATH" (removed at the end), "done".
trap '' INT TERM HUP
echo held
groups=
folder=
while read -r verb value; do
  case $verb in
    add) groups="$groups $value" ;;
    remove)
      rest=
      for group in $groups; do [ "$group" = "$value" ] || rest="$rest $group"; done
      groups=$rest
      ;;
    folder) folder=$value ;;
    done) break ;;
  esac
done
for group in $groups; do kill -TERM "-$group" 2>/dev/null; done
tries=0
while [ "$tries" -lt 80 ]; do
  alive=no
  for group in $groups; do if kill -0 "-$group" 2>/dev/null; then alive=yes; fi; done
  [ "$alive" = yes ] || break
  sleep 0.1
  tries=$((tries + 1))
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
[ -z "$folder" ] || rm -rf -- "$folder"
