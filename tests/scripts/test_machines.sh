#!/usr/bin/env bash
# Usage: tests/scripts/test_machines.sh
# Processes on machines of their own (tests/scripts/virtual_machines.py), which delays, losses and narrow lines part: the same bytes as one
# process, of a training in shards ($MPI_PEER) and of a report ($CIFAR_BN). A machine that is cut off ends all.
set -euo pipefail
if [[ -z ${MPI_PEER:-} || -z ${CIFAR_BN:-} ]] || ! command -v mpirun >/dev/null; then
    echo "no MPI: nothing to test"
    exit 77
fi
machines=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/virtual_machines.py
"$machines" 2 -- true || exit $?
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
cd "$work"
fail() {
    echo "test_machines: $*" >&2
    tail -n 20 -- *.log >&2
    exit 1
}
export XGRAD_NUM_THREADS=1

"$MPI_PEER" alone 20 float >/dev/null
for network in "2" "3 --delay 0.2" "4 --delay 1 --loss 1 --rate 1000" "8 --delay 0.1"; do
    count=${network%% *}
    timeout 120 "$machines" $network -- mpirun -n "$count" "$MPI_PEER" together 20 float >together.log 2>&1 || fail "machines: $network"
    cmp -s alone together || fail "machines: $network: other bytes than one process"
    rm together
done

small_fashion_mnist data
report=("$CIFAR_BN" report --quick --seeds 1 --data data --out out)
"${report[@]}" >report.log 2>&1 || fail "report"
mv out one
timeout 120 "$machines" 3 --delay 1 --loss 1 -- mpirun -n 3 "${report[@]}" >report.log 2>&1 || fail "report on three machines"
diff -r --exclude time.json -I 'training time' -I 'wall time' one out >differences ||
    fail "a report on three machines differs: $(head -c 2000 differences)"

# The line of the third machine is cut while they train: all processes end, and say why. (mpirun itself goes on waiting for the machine.)
cat >cut.sh <<'CUT'
mpirun -n 3 "$MPI_PEER" none 1000000 float &
third=$(ip netns identify | sed 's/-1$/-3/')
until ip netns pids "$third" | grep -q .; do sleep 0.1; done
sleep 2
ip -n "$third" link set "$(ip -n "$third" -o link | sed -n 's/.*\(xg[0-9]*-3\):.*/\1/p')" down
wait $!
CUT
"$machines" 3 -- bash cut.sh >cut.log 2>&1 &
cut=$!
for ((tenths = 0; tenths < 600; ++tenths)); do
    if grep -q "no answer" cut.log && ! pgrep -f "^$MPI_PEER none 1000000" >/dev/null; then break; fi
    sleep 0.1
done
kill $cut
wait $cut || true
((tenths < 600)) || fail "a machine is cut off: the others go on, or do not say why"
grep -qE "^rank [01] of 3 on node[12]: .*, step [0-9]+: no answer for 3 s from rank 2: stopped, dead or busy" cut.log || fail "cut off: no message"
