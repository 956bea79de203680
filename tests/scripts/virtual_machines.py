#!/usr/bin/env python3
"""Usage: virtual_machines.py COUNT [--delay MS] [--rate MBIT/S] [--loss PERCENT] -- COMMAND...

Runs COMMAND on the first of COUNT machines, which are network namespaces of this one: each has a host name and an address of its own, and
reaches the others only by a network in which each packet takes --delay, each machine sends and receives at --rate, and a packet is lost
with probability --loss. `mpirun -n COUNT` in COMMAND starts a process on each. Needs root, /dev/net/tun and
`ip`, and the right to make namespaces; ends with 77 without.

The network is this program, which reads packets from a device for each machine (a TUN) and writes them to another: the kernel's own
(`tc netem`) is often not built in."""
import argparse
import fcntl
import heapq
import os
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

MTU = 32768


def run(*command):
    subprocess.run(command, check=True)


class Machine:
    def __init__(self, number):
        self.address = f"10.77.0.{number}"
        self.host = f"node{number}"
        self.namespace = f"xgrad-{os.getpid()}-{number}"
        device = f"xg{os.getpid() % 100000}-{number}"
        self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        tun, no_header = 0x0001, 0x1000
        fcntl.ioctl(self.device, 0x400454CA, struct.pack("16sH", device.encode(), tun | no_header))  # TUNSETIFF
        run("ip", "netns", "add", self.namespace)
        run("ip", "link", "set", device, "netns", self.namespace)
        inside = ("ip", "-n", self.namespace)
        run(*inside, "address", "add", f"{self.address}/24", "dev", device)
        run(*inside, "link", "set", device, "mtu", str(MTU), "up")
        run(*inside, "link", "set", "lo", "up")
        self.sends_until = self.receives_until = 0.0  # until when it is busy

    def command(self, *command):
        name = 'hostname "$0" && exec "$@"'
        return ["ip", "netns", "exec", self.namespace, "unshare", "--uts", "sh", "-c", name, self.host, *command]

    def remove(self):
        os.close(self.device)
        pids = subprocess.run(["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False)
        for pid in pids.stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False)


class Network(threading.Thread):
    """Carries the packets between the machines."""

    def __init__(self, machines, delay, rate, loss):
        super().__init__(daemon=True)
        self.devices = {machine.device: machine for machine in machines}
        self.addresses = {bytes(int(part) for part in machine.address.split(".")): machine for machine in machines}
        self.delay, self.rate, self.loss = delay / 1e3, rate * 1e6 / 8, loss / 100
        self.packets = 0
        self.ended = False

    def arrival(self, now, sender, receiver, size):
        if not self.rate:
            return now + self.delay
        sender.sends_until = max(now, sender.sends_until) + size / self.rate
        receiver.receives_until = max(sender.sends_until, receiver.receives_until + size / self.rate)
        return receiver.receives_until + self.delay

    def run(self):
        on_the_way = []  # (arrival, number, machine, packet)
        while not self.ended:
            wait = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else 0.1
            for device in select.select(list(self.devices), [], [], wait)[0]:
                packet = os.read(device, MTU)
                receiver = self.addresses.get(packet[16:20]) if packet[0] >> 4 == 4 else None
                if receiver is None or random.random() < self.loss:
                    continue
                self.packets += 1
                arrival = self.arrival(time.monotonic(), self.devices[device], receiver, len(packet))
                heapq.heappush(on_the_way, (arrival, self.packets, receiver, packet))
            while on_the_way and on_the_way[0][0] <= time.monotonic():
                _, _, receiver, packet = heapq.heappop(on_the_way)
                try:
                    os.write(receiver.device, packet)
                except OSError:  # it is busy, or down: lost
                    pass


def mpi_environment(machines, folder):
    """How Open MPI finds the machines and starts processes on them."""
    hosts, agent = os.path.join(folder, "hosts"), os.path.join(folder, "agent")
    with open(hosts, "w", encoding="utf-8") as file:
        file.writelines(f"{machine.address} slots=1\n" for machine in machines)
    with open(agent, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nhost=$1\nshift\ncase $host in\n")
        for machine in machines:
            start = " ".join(f"'{word}'" for word in machine.command("sh", "-c"))
            file.write(f'{machine.address}) exec {start} "$*" ;;\n')
        file.write('esac\necho "no machine $host" >&2\nexit 1\n')
    os.chmod(agent, 0o755)
    network = "10.77.0.0/24"
    return {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_plm_rsh_agent": agent,
        "OMPI_MCA_orte_default_hostfile": hosts,
        "OMPI_MCA_btl": "tcp,self",
        "OMPI_MCA_btl_tcp_if_include": network,
        "OMPI_MCA_oob_tcp_if_include": network,
        "OMPI_MCA_hwloc_base_binding_policy": "none",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--delay", type=float, default=0, help="of each packet, in milliseconds")
    parser.add_argument("--rate", type=float, default=0, help="in megabits a second; 0: any")
    parser.add_argument("--loss", type=float, default=0, help="percent of the packets")
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments, command = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :]
    if not command:
        parser.error("no COMMAND after --")
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun") or not shutil.which("ip"):
        print("virtual_machines.py: needs root, /dev/net/tun and `ip` (iproute2)", file=sys.stderr)
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which removes the machines
    machines = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            try:
                for number in range(1, arguments.count + 1):
                    machines.append(Machine(number))
            except (OSError, subprocess.CalledProcessError) as error:  # as in a container without such rights
                print(f"virtual_machines.py: cannot make machines: {error}", file=sys.stderr)
                return 77
            network = Network(machines, arguments.delay, arguments.rate, arguments.loss)
            network.start()
            environment = os.environ | mpi_environment(machines, folder)
            status = subprocess.run(machines[0].command(*command), env=environment, check=False).returncode
            network.ended = True
            network.join()
            return status
        finally:
            for machine in machines:
                machine.remove()


if __name__ == "__main__":
    sys.exit(main())
