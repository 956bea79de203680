#!/usr/bin/env bash
# Usage: test_report_kills.sh [KILLS]
# `cifar_bn report` ($CIFAR_BN), killed with SIGKILL at random moments and started again, ends in the same bytes as one that was left
# alone, but for the times in it. A quick report on the first images of Fashion-MNIST; four kills in each folder.
set -euo pipefail
kills=${1:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
small_fashion_mnist "$work/data"

cd "$work"  # every report has the same --out, as that is part of the receipt
report() { exec setsid "$CIFAR_BN" report --quick --seeds 1 --jobs 2 --data data --out out; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

start=$(milliseconds)
(report) >log 2>&1 || { cat log; exit 1; }
duration=$(($(milliseconds) - start))
mv out undisturbed
echo "undisturbed: $duration ms"

hits=0
tries=0
while ((hits < kills)); do
    ((tries++ < 2 * kills)) || { echo "only $hits kills met a running report"; exit 1; }
    moments=
    for i in 1 2 3 4; do
        (report) >>log 2>&1 &
        pause=$((RANDOM * 32768 + RANDOM))
        pause=$((pause % (duration / 2)))
        moments+=" $pause"
        sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
        group=-$!                                  # all of it, or, every other time, without the gnuplots that it has started
        if ((i % 2)); then group=$!; fi
        kill -9 -- "$group" 2>/dev/null || true # or it has ended
        status=0
        wait "$!" 2>/dev/null || status=$?
        if ((status == 137)); then hits=$((hits + 1)); fi
    done
    (report) >>log 2>&1 || { echo "killed after$moments ms; then it failed:"; tail log; exit 1; }
    if ! diff -r --exclude time.json -I 'training time' -I 'wall time' undisturbed out >differences; then
        echo "killed after$moments ms: differs from the undisturbed report"
        head -c 2000 differences
        exit 1
    fi
    rm -r out
done
echo "$hits kills: always the same bytes"
