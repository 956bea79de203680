"""Shared by the programs that compare: the machine, the build, means, bars, and the page that shows them."""
import math
import os
import statistics
import subprocess
from pathlib import Path

PYTHON = "/usr/bin/python3"  # the interpreter for which apt installs python3-torch
OPENMP_BLAS = Path("/usr/lib/x86_64-linux-gnu/openblas-openmp")
ROOT = Path(__file__).resolve().parent.parent


def cpu():
    """The entries of /proc/cpuinfo for the first processor."""
    lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def blas_core():
    """The best OpenBLAS kernels for the processor, or None. OpenBLAS 0.3.21 uses its oldest ones on a processor it does not know."""
    flags = cpu().get("flags", "").split()
    return "SKYLAKEX" if "avx512f" in flags else "HASWELL" if "avx2" in flags else None


def tuned(openmp_blas=None):
    """The environment in which torch is fastest: the right kernels, a malloc that keeps memory, and one thread pool instead of two."""
    keep = str(1 << 30)
    environment = {"MALLOC_MMAP_THRESHOLD_": keep, "MALLOC_TRIM_THRESHOLD_": keep}
    if blas_core():
        environment["OPENBLAS_CORETYPE"] = blas_core()
    if openmp_blas:
        environment["LD_LIBRARY_PATH"] = str(openmp_blas)
    return environment


def machine(build):
    """Lines on the machine and the compiler of a build folder."""
    info = cpu()
    flags = info.get("flags", "").split()
    vector = next((name for name in ("avx512f", "avx2", "sse4_2") if name in flags), "")
    yield f"{info.get('model name', 'unknown processor')} (model {info.get('model', '?')}, {vector}), {os.cpu_count()} processors"
    cache = build / "CMakeCache.txt"
    for line in cache.read_text().splitlines() if cache.exists() else []:
        if line.startswith("CMAKE_CXX_COMPILER:"):
            version = subprocess.run([line.partition("=")[2], "--version"], capture_output=True, text=True, check=False).stdout
            yield version.partition("\n")[0]


def bars_table(bars):
    """The lines of a table of bars: (what, value or None, the most it may be, unit)."""
    yield from ("| bar | value | at most | |", "|---|---|---|---|")
    for what, value, most, unit in bars:
        verdict = "not measured" if value is None else "met" if value <= most else "NOT MET"
        yield f"| {what} | {'' if value is None else f'{value:.2f}{unit}'} | {most:.2f}{unit} | {verdict} |"


def print_bars(bars):
    print("", *bars_table(bars), sep="\n")


def geometric_mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))


def update_docs(name, lines):
    """Writes lines between the markers of that name in docs/performance.md."""
    page = ROOT / "docs/performance.md"
    text = page.read_text()
    marker = f"<!-- {name} -->\n"
    begin, end = text.index(marker) + len(marker), text.index(f"<!-- end of {name} -->\n")
    page.write_text("\n".join([text[:begin], *lines, "", text[end:]]))


def median_ratio(series, other):
    """The median over the rounds of the ratio in each round: neighbouring turns have the same noise."""
    return statistics.median(a / b for a, b in zip(series, other))
