#!/usr/bin/env bash
# scripts/get-cifar10 on a small archive of the same form: each case in a folder of its own.
set -euo pipefail
get=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/get-cifar10
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
failures=0

mkdir "$temp/cifar-10-batches-bin"
for name in data_batch_{1..5} test_batch; do head -c 30730 /dev/urandom >"$temp/cifar-10-batches-bin/$name.bin"; done
archive=$temp/archive.tar.gz
tar -czf "$archive" -C "$temp" cifar-10-batches-bin
export XGRAD_CIFAR10_URL=file://$archive XGRAD_CIFAR10_BYTES XGRAD_CIFAR10_MD5
XGRAD_CIFAR10_BYTES=$(stat -c %s "$archive")
XGRAD_CIFAR10_MD5=$(md5sum <"$archive" | cut -d' ' -f1)

case=
dest=
begin() {
    case=$1
    dest=$temp/$1
    mkdir "$dest"
}
check() {
    if ! "$@"; then
        echo "$case: not so: $*"
        failures=$((failures + 1))
    fi
}
get() { output=$("$get" "$dest" 2>&1); }  # its success, and what it says
prints() { [[ $("${@:2}" 2>"$temp/messages") == "$1" ]]; } # <folder> <command...>
fails_saying() { if get; then return 1; else [[ $output == *"$1"* ]]; fi; }
complete() { diff -r "$temp/cifar-10-batches-bin" "$dest/cifar-10-batches-bin" && [[ $(ls -A "$dest") == cifar-10-batches-bin ]]; }
part() { echo "$dest/cifar-10-binary.tar.gz.part"; }

begin success
check get
check complete

begin again
get
XGRAD_CIFAR10_URL=file:///nowhere check prints "$dest/cifar-10-batches-bin" "$get" "$dest"
check complete

begin resumed
head -c 100000 "$archive" >"$(part)"
check get
check complete

begin resumed-after-the-last-byte
cp "$archive" "$(part)"
XGRAD_CIFAR10_URL=file:///nowhere check get
check complete

begin resumed-after-a-different-beginning
head -c 100000 /dev/zero >"$(part)"
check fails_saying "MD5"
check test ! -e "$(part)"
check test ! -e "$dest/cifar-10-batches-bin"
check get
check complete

begin cut-short
head -c 100000 "$archive" >"$temp/short.tar.gz"
XGRAD_CIFAR10_URL=file://$temp/short.tar.gz check fails_saying "the download stopped at 100000 of $XGRAD_CIFAR10_BYTES bytes"
check test -f "$(part)"
check get
check complete

begin another-archive
XGRAD_CIFAR10_MD5=c32a1d4ab5d03f1284b67883e8d87530 check fails_saying "it is deleted"
check test -z "$(ls -A "$dest")"

begin by-itself # in a project of its own: to downloads/, or where it was downloaded before
mkdir "$dest/scripts"
cp "$get" "$dest/scripts/"
project_get=$dest/scripts/get-cifar10
check prints "$dest/downloads/cifar-10-batches-bin" "$project_get"
check diff -r "$temp/cifar-10-batches-bin" "$dest/downloads/cifar-10-batches-bin"
mkdir "$dest/data"
mv "$dest/downloads/cifar-10-batches-bin" "$dest/data/"
rmdir "$dest/downloads"
XGRAD_CIFAR10_URL=file:///nowhere check prints "$dest/data/cifar-10-batches-bin" "$project_get"
advice=$(sed -n 's/.*To move it: //p' "$temp/messages")
check bash -euc "$advice"
check prints "$dest/downloads/cifar-10-batches-bin" "$project_get"
check test ! -s "$temp/messages"

begin cifar-100
mkdir "$temp/cifar-100-binary"
for name in train test; do head -c 30740 /dev/urandom >"$temp/cifar-100-binary/$name.bin"; done
tar -czf "$temp/archive100.tar.gz" -C "$temp" cifar-100-binary
export XGRAD_CIFAR100_URL=file://$temp/archive100.tar.gz XGRAD_CIFAR100_BYTES XGRAD_CIFAR100_MD5
XGRAD_CIFAR100_BYTES=$(stat -c %s "$temp/archive100.tar.gz")
XGRAD_CIFAR100_MD5=$(md5sum <"$temp/archive100.tar.gz" | cut -d' ' -f1)
check prints "$dest/cifar-100-binary" "$get" --cifar100 "$dest"
check grep -qF "Downloading CIFAR-100 from file://" "$temp/messages"
check diff -r "$temp/cifar-100-binary" "$dest/cifar-100-binary"
check test "$(ls -A "$dest")" = cifar-100-binary

begin no-network
XGRAD_CIFAR10_URL=http://xgrad.invalid/cifar-10-binary.tar.gz check fails_saying "cannot download http://xgrad.invalid/"
check test ! -e "$dest/cifar-10-batches-bin"

exit $((failures > 0))
