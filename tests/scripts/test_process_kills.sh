#!/usr/bin/env bash
# Usage: test_process_kills.sh [KILLS]
# `cifar_bn train` ($CIFAR_BN) on 2 to 4 processes, of which a random one is killed or stopped (SIGKILL, SIGSTOP) at a random moment, KILLS
# times in all (6 by default). All processes must end within the time that is set, none may be left behind, and the training must go on from its
# checkpoint, each time with another number of processes, to the bytes of one process that was never disturbed. It trains on the
# first images of Fashion-MNIST. $MPI_PEER says that there is xgrad::mpi.
set -euo pipefail
kills=${1:-6}
if [[ -z ${CIFAR_BN:-} || ! -x ${MPI_PEER:-} ]] || ! command -v mpirun >/dev/null; then
    echo "no cifar_bn with xgrad::mpi, or no mpirun: nothing to test"
    exit 77
fi
work=$(mktemp -d)
trap 'pkill -KILL -f "$work/" || true; rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
small_fashion_mnist "$work/data"

cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
patience=3 longest=20 # seconds: the patience, what the processes then ask each other, and mpirun's end
options=(train --hidden 50 --cycles 1 --half-cycle 500 --snapshots 20 --validation 100 --shards 8 --checkpoint-every 25 --threads 1
    --data data --patience "$patience")
program() { "$CIFAR_BN" "${options[@]}" "$@"; }
# processes <count> <argument...>
processes() { mpirun --oversubscribe --bind-to none -n "$1" "$CIFAR_BN" "${options[@]}" "${@:2}"; }
fail() { echo "test_process_kills: $*"; tail -n 20 log; exit 1; }

program --out undisturbed >log 2>&1 || fail "the undisturbed training failed"
start=$(date +%s%N)
processes 3 --out "$work/out" >log 2>&1 || fail "three processes failed"
duration=$((($(date +%s%N) - start) / 1000000)) # in ms
echo "undisturbed, 3 processes: $duration ms"
same() {
    local file
    for file in metrics.csv model.safetensors result.json config.json; do
        cmp -s "undisturbed/$file" "out/$file" || fail "$1: $file is not that of the undisturbed training"
    done
}
same "three processes"
rm -r out

# ends_within_limit <pid of mpirun> <pid of the process that was killed or stopped>. Who is stopped while MPI ends, when all others have
# passed it, is missed by nobody: it goes on, and ends.
ends_within_limit() {
    if timeout "$longest" tail --pid="$1" -f /dev/null; then return; fi
    [[ $(pgrep -f "^$CIFAR_BN .*$work/out") == "$2" ]] && grep -q T <<<"$(ps -o stat= -p "$2")" || return 1
    kill -CONT "$2"
    timeout "$longest" tail --pid="$1" -f /dev/null
}

hits=0 checks=0 trainings=0
while ((hits < kills)); do
    did=
    for kill in 1 2 3; do
        count=$((2 + RANDOM % 3))
        processes "$count" --out "$work/out" --resume >log 2>&1 &
        all=$!
        moment=$((RANDOM % duration))
        sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
        mapfile -t pids < <(pgrep -f "^$CIFAR_BN .*$work/out" || true)
        signal=$([[ $((RANDOM % 2)) == 0 ]] && echo KILL || echo STOP)
        victim=${pids[RANDOM % count]:-}
        if ((${#pids[@]} == count)) && kill -s $signal "$victim" 2>/dev/null; then
            did+=" $signal of $count after $moment ms;"
            status=0
            ends_within_limit "$all" "$victim" || fail "$did it has not ended after $longest s"
            wait "$all" || status=$?
            ((status != 0)) && hits=$((hits + 1)) # otherwise it had ended
        else
            did+=" none of $count after $moment ms;"
            wait "$all" || fail "$did it failed"
        fi
        ! pgrep -f "^$CIFAR_BN .*$work/out" >pids || fail "$did left behind: $(cat pids)"
        ! grep -q "cifar_bn: warning" log || fail "$did a damaged checkpoint"
        if grep -q '^resumed after step' log; then checks=$((checks + 1)); fi
    done
    processes $((1 + RANDOM % 4)) --out "$work/out" --resume >log 2>&1 || fail "$did then it failed"
    same "$did"
    rm -r out
    trainings=$((trainings + 1))
done
echo "$hits kills and stops in $trainings trainings, $checks resumptions: all ended in time, always the same bytes"
