#!/usr/bin/env bash
# The page of `cifar_bn sensitivity` ($CIFAR_BN) while it runs, in Chromium (tests/scripts/check_live_page.py): 200 times it is whole, it keeps
# its place, and its server gives nothing but its folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! python3 -c 'import selenium' 2>/dev/null && ! /usr/bin/python3 -c 'import selenium' 2>/dev/null || [[ ! -x /usr/bin/chromedriver ]]; then
    echo "Selenium or ChromeDriver is missing (Debian: python3-selenium, chromium-driver)"
    exit 77
fi
work=$(mktemp -d)
source small_fashion_mnist.sh
small_fashion_mnist "$work/data"
"$CIFAR_BN" sensitivity --sigmas 0.1 --seeds 1000 --half-cycle 500 --jobs 1 --data "$work/data" --out "$work/out" --serve 0 >"$work/log" 2>&1 &
program=$!
trap 'kill "$program" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
while ! [[ -s $work/out/index.html ]]; do
    kill -0 "$program" || { cat "$work/log"; exit 1; }
    sleep 0.1
done
address=$(sed -n 's/^the page is at //p' "$work/log")
./check_live_page.py "$address"
grep -q 'location.reload' "$work/out/index.html" || { echo "the trainings ended too early for this test"; exit 1; }
