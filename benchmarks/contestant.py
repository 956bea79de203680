"""The programs that take turns in side_by_side, ops_side_by_side and convolutions_side_by_side."""
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


class Contestant:
    """A running program of contestants/, or the reason why it does not run (`missing`). `only`: what it takes part in, if not in all."""

    def __init__(self, name, command, environment=None, only=None):
        self.name, self.only, self.missing = name, only, None
        self.errors = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, text=True, bufsize=1,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
            self.description = self.read()
        except (OSError, RuntimeError) as error:
            self.missing = str(error)

    def read(self):
        line = self.process.stdout.readline().strip()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise RuntimeError((self.errors.read().strip().splitlines() or ["it ended without a word"])[-1])
        if line.startswith("refused"):
            raise RuntimeError(line)
        return line

    def turn(self, *request):
        """The median of the microseconds that it answers."""
        print(*request, file=self.process.stdin)
        return statistics.median(map(float, self.read().split()))

    def names(self):
        """What it lists, up to an empty line."""
        print("list", file=self.process.stdin)
        return list(iter(lambda: self.process.stdout.readline().strip(), ""))

    def rest(self):
        """Waits until its threads have stopped spinning: OpenBLAS's spin for up to 0.1 s and would slow the next contestant."""
        before, now = None, self.processor_time()
        for _ in range(20):
            if now == before:
                return
            time.sleep(0.03)
            before, now = now, self.processor_time()

    def peak_memory(self):
        """In MB, of all that it has done."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def processor_time(self):
        """Processor time in the kernel's ticks of 10 ms."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


TURN = 500.0  # microseconds of each of the five measurements of a turn of a benchmark


class Benchmark:
    """An op, a size, a number of threads, and a pass: the times of the contestants, a list for each round."""

    def __init__(self, op, size, threads, pass_):
        self.op, self.size, self.threads, self.pass_ = op, size, threads, pass_
        self.calls, self.times, self.refused = {}, [], None

    def turn(self, contestant):
        time_ = contestant.turn(self.pass_, self.size, self.threads, self.calls.get(contestant, 1), self.op)
        if self.threads > 1:
            time.sleep(0.002)  # until its threads have stopped spinning
        return time_

    def calibrate(self, contestant):
        for _ in range(2):  # the first call of all is slow
            self.calls[contestant] = max(1, round(TURN / self.turn(contestant)))

    def round(self, contestants):
        """Each takes its turn; in the first round only to count the calls that fill one."""
        if self.refused:
            return
        try:
            if not self.calls:
                for contestant in contestants:
                    self.calibrate(contestant)
            else:
                self.times.append([self.turn(contestant) for contestant in contestants])
        except RuntimeError as error:
            self.refused = str(error)

    def ratio(self, other=1):
        """The median of the first contestant's time to another's."""
        return statistics.median(times[0] / times[other] for times in self.times)

    def time(self, contestant=0):
        return statistics.median(times[contestant] for times in self.times)
