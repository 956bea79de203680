#!/usr/bin/env bash
# Usage: test_checkpoint_kills.sh [TRAININGS [KILLS]]
# `cifar_bn train` ($CIFAR_BN) with checkpoints, killed with SIGKILL at random moments and resumed, up to KILLS times a training and
# TRAININGS * KILLS times in all. Each training is then left alone to its end: its files must be those of one that was never disturbed, byte for
# byte. After each kill the newest checkpoint must be readable, and at most one interval old. Then the same with SIGINT and SIGTERM,
# and two programs in one folder. It trains on the first images of Fashion-MNIST.
set -euo pipefail
trainings=${1:-4}
kills=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
small_fashion_mnist "$work/data"

cd "$work" # every training has the same --out
every=25
# Evaluations are as frequent as checkpoints: what metrics.csv shows had been reached.
train() { exec stdbuf -oL "$CIFAR_BN" train --hidden 50 --cycles 2 --half-cycle 500 --snapshots 40 --validation 100 --checkpoint-every "$every" --threads 1 --data data --out out "$@"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }
fail() { echo "$*"; tail log; exit 1; }

start=$(milliseconds)
(train) >log 2>&1 || fail "the undisturbed training failed"
duration=$(($(milliseconds) - start))
mv out undisturbed
echo "undisturbed: $duration ms"
same() { diff -r --exclude time.json undisturbed out >differences || { head -c 2000 differences; fail "$1: not the files of the undisturbed training"; }; }

# What the last program said when it resumed, and what the one before it had reached; $1 tells of the kills.
checks=0
check_resumption() {
    local step
    ! grep -q warning log || fail "$1: a damaged checkpoint"
    grep -q '^resumed\|^no checkpoint' log || return 0 # killed before it came so far
    step=$(sed -n 's/^resumed after step //p' log)
    ((${step:-0} + every >= reached)) || fail "$1: step $reached had been reached, and it resumed after step ${step:-0}"
    checks=$((checks + 1))
    reached=$(tail -n 1 out/metrics.csv 2>/dev/null | cut -d, -f1 || true) # killed before there was any
    [[ $reached =~ ^[0-9]+$ ]] || reached=0
}

hits=0
for ((training = 1; training <= trainings || hits < trainings * kills; training++)); do
    moments=
    reached=0
    for ((kill = 1; kill <= kills; kill++)); do
        (train --resume) >log 2>&1 &
        moment=$((RANDOM * 32768 + RANDOM))
        moment=$((moment % (2 * duration / kills)))
        moments+=" $moment"
        pause "$moment"
        kill -9 "$!" 2>/dev/null || true # or it has ended
        status=0
        wait "$!" 2>/dev/null || status=$?
        ((status == 137)) && hits=$((hits + 1))
        ((status == 137 || status == 0)) || fail "killed after$moments ms: it had failed"
        check_resumption "killed after$moments ms"
    done
    (train --resume) >log 2>&1 || fail "killed after$moments ms; then it failed"
    check_resumption "killed after$moments ms"
    same "killed after$moments ms"
    rm -r out
done
echo "$hits kills in $((training - 1)) trainings, $checks resumptions looked at: at most one interval lost, always the same bytes"
((hits > 0 && checks > trainings)) || fail "no kill met a running training"

for signal_and_status in INT:130 TERM:143; do
    (train) >log 2>&1 &
    while ! [[ -e out/metrics.csv ]]; do sleep 0.01; done
    status=0
    (train) >second 2>&1 || status=$?
    ((status == 1)) || fail "a second training in one folder ended with $status"
    grep -qxF 'cifar_bn: --out: out: another cifar_bn is writing to this folder: wait for it, or give another --out' second || fail "$(cat second)"
    kill -s "${signal_and_status%:*}" "$!"
    status=0
    wait "$!" || status=$?
    ((status == ${signal_and_status#*:})) || fail "SIG${signal_and_status%:*}: ended with $status"
    grep -q '^stopped after step [0-9]*: out/checkpoints/checkpoint-[0-9]*.safetensors$' log || fail "did not say where it stopped"
    grep -qxF 'continue with: cifar_bn train --config out/config.json --out out --data data --resume --checkpoint-every 25' log || fail "did not say how to go on"
    "$CIFAR_BN" train --config out/config.json --resume --out out --data data --checkpoint-every "$every" >log 2>&1 || fail "cannot be resumed"
    same "SIG${signal_and_status%:*}"
    "$CIFAR_BN" train --config out/config.json --resume --out out --data data | grep -qxF 'the training in out is finished' || fail "is not finished"
    rm -r out
done
echo "SIGINT and SIGTERM: stopped with a checkpoint, resumed to the same bytes"
