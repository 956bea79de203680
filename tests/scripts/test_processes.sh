#!/usr/bin/env bash
# Usage: tests/scripts/test_processes.sh
# Trainings that several processes share (tests/mpi/peer.cpp): 1, 2, 3, 4 and 8 processes, and two threads, write the same bytes; what
# would be a mistake changes them; and what goes wrong in one process ends all, with a message. $MPI_PEER is the program.
set -euo pipefail
if [[ -z ${MPI_PEER:-} ]] || ! command -v mpirun >/dev/null; then
    echo "no xgrad_mpi_peer or no mpirun: nothing to test"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "test_processes: $*" >&2
    exit 1
}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 XGRAD_NUM_THREADS=1
# processes <count> <argument...>: of the program. None may hang.
processes() { timeout 60 mpirun --oversubscribe --bind-to none -n "$1" "$MPI_PEER" "${@:2}"; }
same() { cmp -s "$work/$1" "$work/$2"; }

for type in float double; do
    steps=200
    "$MPI_PEER" "$work/alone" $steps $type >/dev/null
    XGRAD_NUM_THREADS=2 "$MPI_PEER" "$work/threads" $steps $type >/dev/null
    same alone threads || fail "$type: two threads give other bytes than one"
    for count in 1 2 3 4 8; do
        sent=$(processes $count "$work/together" $steps $type)
        same alone together || fail "$type: $count processes give other bytes than one"
        if [[ $type == float ]]; then
            # Sums over subtrees, one from each process if their number is a power of two: a process sends (N - 1)/N of the gradients twice.
            awk -v sent="$sent" -v n=$count 'BEGIN {
                least = 2 * (n - 1); printf "%d processes send %s times the gradients, at least %g\n", n, sent, least
                exit !(n == 3 || sent <= 1.1 * least) }' || fail "$count processes send too much"
        fi
    done
done

"$MPI_PEER" "$work/alone" 5 float >/dev/null
for mistake in statistics rows-twice averaged no-mean; do
    processes 2 "$work/together" 5 float $mistake >/dev/null
    if same alone together; then fail "the mistake '$mistake' changes nothing"; fi
done

# ends <text> <argument...>: four processes fail, and one of them says so.
ends() {
    local output
    if output=$(processes 4 "$work/none" 9 float "${@:2}" 2>&1); then fail "did not fail: ${*:2}"; fi
    grep -qE "$1" <<<"$output" || fail "expected '$1', got: $output"
    [[ ! -e $work/none ]] || fail "$2: a file was written"
}
ends "^rank 3 of 4 on $(hostname): something went wrong$" throws
ends "^rank 0 of 4 on $(hostname): .*, step 3: no answer for 3 s from rank 3: stopped, dead or busy$" stops
ends "^rank [0-3] of 4 on $(hostname): .*, step [23]: (waited 3 s; rank 3 is in another call|MPI_ERR_.*): all processes must do the same$" elsewhere
ends "^rank [0-3] of 4 on $(hostname): step 5: 4.weight of rank 3 differs from that of rank 0: the processes must change their nets in the same way$" differs
ends "signal 9" dies
