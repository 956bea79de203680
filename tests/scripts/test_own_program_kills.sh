#!/usr/bin/env bash
# Usage: test_own_program_kills.sh [KILLS]
# examples/own_program.cpp ($OWN_PROGRAM), killed with SIGKILL at random moments and started again until it ends, KILLS times in
# all: each time the files must be those of a run that was never disturbed, byte for byte. Then the same with SIGINT.
set -euo pipefail
[[ -n ${OWN_PROGRAM:-} ]] || exit 77 # built without the examples
kills=${1:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Three classes that overlap: enough rows and epochs for some seconds.
awk 'BEGIN {
    srand(1); print "a,b,c,d,species"
    for (i = 0; i < 3000; ++i) {
        class = int(3 * rand()); line = ""
        for (j = 0; j < 4; ++j) line = line (class * (j + 1) / 4 + 3 * rand()) ","
        print line "class" class
    }
}' >table.csv
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }
fail() { echo "$*"; tail log; exit 1; }
run() { exec "$OWN_PROGRAM" table.csv --epochs 40 --out out; }

start=$(milliseconds)
(run) >log 2>&1 || fail "the undisturbed run failed"
duration=$(($(milliseconds) - start))
mv out undisturbed
echo "undisturbed: $duration ms"
# A page says nothing of the run; the checkpoints, too, must be the same.
same() { diff -r undisturbed out >differences || { head -c 2000 differences; fail "$1: not the files of the undisturbed run"; }; }

hits=0
while ((hits < kills)); do
    moments=
    for kill in 1 2 3; do
        (run) >log 2>&1 &
        moment=$(((RANDOM * 32768 + RANDOM) % duration))
        moments+=" $moment"
        pause "$moment"
        kill -9 "$!" 2>/dev/null || true # or it has ended
        status=0
        wait "$!" 2>/dev/null || status=$?
        ((status == 137)) && hits=$((hits + 1))
        ((status == 137 || status == 0)) || fail "killed after$moments ms: it had failed"
    done
    (run) >log 2>&1 || fail "killed after$moments ms; then it failed"
    same "killed after$moments ms"
    rm -r out
done
echo "$hits kills: always the same bytes"

(run) >log 2>&1 &
while ! [[ -s out/metrics.jsonl ]]; do sleep 0.01; done
kill -s INT "$!"
status=0
wait "$!" || status=$?
((status == 1)) || fail "SIGINT: ended with $status"
grep -q '^stopped after step [0-9]*: out/checkpoints/checkpoint-[0-9]*.safetensors$' log || fail "SIGINT: did not say where it stopped"
(run) >log 2>&1 || fail "SIGINT: cannot be resumed"
rm -f undisturbed/checkpoints/checkpoint-* out/checkpoints/checkpoint-* # it has one more, of the step where it was stopped
same SIGINT
echo "SIGINT: stopped with a checkpoint, resumed to the same bytes"
