#!/usr/bin/env bash
# Usage: tests/scripts/check_slurm.sh
# A cluster of two nodes (tests/scripts/virtual_machines.py) with SLURM's daemons: an array of tasks shares a report ($CIFAR_BN), and jobs on
# both nodes share a training ($MPI_PEER), started by srun and by mpirun. All write the bytes of one process. Needs root and Debian's slurm-wlm.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ ${1:-} != --inside ]]; then exec "$here/virtual_machines.py" 2 -- "${BASH_SOURCE[0]}" --inside; fi

work=$(mktemp -d)
chmod 755 "$work"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
source "$here/small_fashion_mnist.sh"
cd "$work"
fail() {
    echo "check_slurm: $*" >&2
    tail -n 20 -- slurm*.log slurm-*.out >&2 || true
    exit 1
}
# The environment of virtual_machines.py is for mpirun without SLURM.
unset OMPI_MCA_plm_rsh_agent OMPI_MCA_orte_default_hostfile
export XGRAD_NUM_THREADS=1 SLURM_CONF=$work/node1/slurm.conf

head -c 128 /dev/urandom >munge.key
chmod 400 munge.key
munged --foreground --force --key-file=munge.key --socket="$work/munge.socket" --pid-file="$work/munge.pid" --log-file="$work/munge.log" \
    --seed-file="$work/munge.seed" >munged.log 2>&1 &
mkdir node1 node2 # what each has of its own
cat >node1/slurm.conf <<EOF
ClusterName=test
SlurmctldHost=node1(10.77.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
SlurmUser=root
StateSaveLocation=$work/state
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.%n.pid
SlurmdSpoolDir=$work/spool.%n
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=pmix
NodeName=node1 NodeAddr=10.77.0.1 CPUs=2 State=UNKNOWN
NodeName=node2 NodeAddr=10.77.0.2 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
cp node1/slurm.conf node2
for node in node1 node2; do
    echo "CgroupPlugin=cgroup/v1" >$node/cgroup.conf # which is not used, but without is looked for
    echo "PMIxCliTmpDirBase=$work/$node" >$node/mpi.conf
done
for ((i = 0; i < 100; ++i)); do if [[ -S munge.socket ]]; then break; fi; sleep 0.1; done
slurmctld -D >slurmctld.log 2>&1 &
slurmd -D -N node1 >slurmd1.log 2>&1 &
ip netns exec "$(ip netns identify | sed 's/-1$/-2/')" unshare --uts sh -c \
    'hostname node2 && SLURM_CONF=$0 exec slurmd -D -N node2' "$work/node2/slurm.conf" >slurmd2.log 2>&1 &
for ((i = 0; i < 300; ++i)); do if [[ $(sinfo -h -t idle -o %D 2>/dev/null) == 2 ]]; then break; fi; sleep 0.1; done
[[ $(sinfo -h -t idle -o %D) == 2 ]] || fail "no cluster"
sinfo

"$MPI_PEER" alone 20 float >/dev/null
sbatch --wait --nodes=2 --ntasks=4 --wrap "srun $MPI_PEER together 20 float" >sbatch.log 2>&1 || fail "srun"
cmp alone together || fail "srun: other bytes than one process"
rm together
sbatch --wait --nodes=2 --ntasks=4 --wrap "mpirun $MPI_PEER together 20 float" >sbatch.log 2>&1 || fail "mpirun"
cmp alone together || fail "mpirun: other bytes than one process"

small_fashion_mnist data
report="$CIFAR_BN report --quick --seeds 1 --data data --out out"
$report >report.log 2>&1 || fail "report"
mv out one
sbatch --wait --array=1-4 --wrap "$report" >sbatch.log 2>&1 || fail "the tasks of an array"
[[ $(ls slurm-*_*.out | wc -l) -eq 4 ]] || fail "not four tasks"
$report >report.log 2>&1 || fail "the last call"
diff -r --exclude time.json --exclude .locks -I 'training time' -I 'wall time' one out >differences || fail "a report by an array differs: $(head -c 2000 differences)"
rm -r out
sbatch --wait --nodes=2 --ntasks=4 --wrap "srun $report" >sbatch.log 2>&1 || fail "report with srun"
diff -r --exclude time.json -I 'training time' -I 'wall time' one out >differences || fail "a report with srun differs: $(head -c 2000 differences)"
echo "SLURM: srun, mpirun, an array: always the same bytes"
