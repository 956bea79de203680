#!/usr/bin/env bash
# Usage: tests/scripts/test_job_spreading.sh
# The trainings of `cifar_bn report` ($CIFAR_BN), spread over processes by mpirun, over parts of a folder and over the tasks of a SLURM
# array: the same results and page as by one process, but for the times in it. A process that is killed gives its training back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "test_job_spreading: $*" >&2
    tail -n 20 "$work"/*.log >&2
    exit 1
}
source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
cd "$work"
small_fashion_mnist data
export XGRAD_NUM_THREADS=1
report=("$CIFAR_BN" report --quick --seeds 1 --data data --out out)

same() {
    diff -r --exclude time.json --exclude .locks -I 'training time' -I 'wall time' alone out >differences ||
        fail "$1: differs from the report of one process: $(head -c 2000 differences)"
    rm -r out
}
"${report[@]}" >alone.log 2>&1 || fail "one process"
mv out alone

# Parts: one after the other, of which the first cannot know the λ of the last trainings; and side by side, each as a task of an array.
"${report[@]}" --part 1/2 >part1.log || fail "part 1/2"
grep -q "^part 1/2 is done; [0-9]* of 40 trainings are not, and no part works on them" part1.log || fail "part 1/2: no message"
[[ ! -e out/index.html ]] || fail "part 1/2: a page"
"${report[@]}" --part 2/2 >part2.log || fail "part 2/2"
grep -q "^part 2/2 is done; 1 of [0-9]* trainings are not" part2.log || fail "part 2/2: no message"
"${report[@]}" >join.log || fail "the call without --part"
[[ $(grep -c "^[a-z0-9-]*seed1 *validation " join.log) -eq 1 ]] || fail "the last call has run what the parts had done"
same "two parts, one after the other"

for task in 0 1 2; do
    SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=1 "${report[@]}" >task$task.log 2>&1 &
    tasks[task]=$!
done
until [[ $(ls out/jobs 2>/dev/null | wc -l) -ge 3 ]]; do sleep 0.05; done
kill -9 "${tasks[1]}" || fail "the second task had ended"
wait "${tasks[0]}" "${tasks[2]}" || fail "tasks of an array"
"${report[@]}" --part 2/3 >again.log 2>&1 || fail "the killed part, once more"
"${report[@]}" >join.log 2>&1 || fail "the last call"
same "three tasks of an array, of which one was killed"

if ! command -v mpirun >/dev/null || ! "$CIFAR_BN" train --help | grep -q -- --shards; then
    echo "no mpirun: only parts are tested"
    exit 0
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
launch=(timeout 120 mpirun --oversubscribe --bind-to none)
"${launch[@]}" -n 3 "${report[@]}" >three.log 2>&1 || fail "three processes"
same "three processes"

# The second of three is killed when it has begun, and the others do its training.
"${launch[@]}" --enable-recovery -n 3 "${report[@]}" --patience 2 >killed.log 2>&1 &
launcher=$!
until [[ $(ls out/jobs 2>/dev/null | wc -l) -ge 3 ]]; do
    kill -0 $launcher 2>/dev/null || fail "ended before a process was killed"
    sleep 0.05
done
for process in $(pgrep -f "^$CIFAR_BN report"); do
    if tr '\0' '\n' <"/proc/$process/environ" | grep -qx OMPI_COMM_WORLD_RANK=1; then kill -9 "$process"; fi
done
wait $launcher || fail "a process is killed"
grep -q "given back: rank 1 of 3: no sign of life for 2 s: stopped or dead" killed.log || fail "nothing was given back"
same "three processes, of which one was killed"

# Another build, by one byte.
cp "$CIFAR_BN" other
echo >>other
if "${launch[@]}" -n 1 "${report[@]}" : -n 1 ./other "${report[@]:1}" >other.log 2>&1; then fail "two builds are not refused"; fi
grep -q "jobs: rank 1, compared with rank 0: binary_sha256 was .*, is .*: the last bits may differ; --mixed accepts it" other.log ||
    fail "two builds: no message"
"${launch[@]}" -n 1 "${report[@]}" --mixed : -n 1 ./other "${report[@]:1}" --mixed >mixed.log 2>&1 || fail "--mixed"
[[ $(grep -c "^| [0-9]* of the trainings" out/report.md) -eq 2 ]] || fail "--mixed: the page does not tell the builds apart"
