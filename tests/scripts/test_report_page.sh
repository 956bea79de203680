#!/usr/bin/env bash
# A quick report of `cifar_bn` ($CIFAR_BN) on Fashion-MNIST, looked at in Chromium.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for needed in /usr/bin/chromium /usr/bin/chromedriver /usr/lib/python3/dist-packages/selenium; do
    [[ -e $needed ]] || { echo "$needed is not installed: scripts/setup --test installs it"; exit 77; }
done

"$CIFAR_BN" report --quick --seeds 2 --data /usr/share/datasets/fashion-mnist --out "$work" >"$work/log" || { cat "$work/log"; exit 1; }
check=$(dirname "${BASH_SOURCE[0]}")/check_report_page.py
"$check" "$work"

# The check itself: what is missing, empty, too wide or fetched is found.
mkdir "$work/broken"
sed -z -e 's/id="search-fine"/id="elsewhere"/' -e 's/\(<figure id="confusion"[^>]*>\).*\(<figcaption>Confusion\)/\1\2/' \
    -e 's/<main>/<main><p style="width: 500px">wide<\/p><img src="missing.png">/' "$work/index.html" >"$work/broken/index.html"
if found=$("$check" "$work/broken"); then echo "a broken page passes"; exit 1; fi
for what in 'search-fine is missing' 'figure confusion is empty' 'phone, light: wider than the window' 'missing.png'; do
    grep -qF -- "$what" <<<"$found" || { echo "not found in a broken page: $what"; echo "$found"; exit 1; }
done

# Without gnuplot everything else is there, and what is missing is said.
without=$(PATH=/nowhere "$CIFAR_BN" report --quick --seeds 2 --data /usr/share/datasets/fashion-mnist --out "$work")
grep -qF 'gnuplot is not installed, so that no figure is drawn: install it (Debian: gnuplot-nox) and run this again.' <<<"$without"
[[ $(grep -c 'Not drawn: gnuplot was not there' "$work/index.html") -eq 37 ]]
[[ $(grep -c '<table' "$work/index.html") -ge 10 ]]
