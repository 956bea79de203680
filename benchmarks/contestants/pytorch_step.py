#!/usr/bin/python3
"""A training step of PyTorch: a contestant of side_by_side. contestant.hpp describes the protocol."""
import ctypes
import sys
import time

import torch
from torch import nn

LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.01
NETS = {  # widths, batch
    "3-layers": ([3072, 50, 50, 10], 100),
    "9-layers": ([3072, 50, 30, 20, 20, 10, 10, 10, 10, 10], 100),
    "wide": ([3072, 1024, 1024, 10], 256),
}


def blas():
    """The OpenBLAS in this process, or None. torch does not set the number of its threads: by default one for each core."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "libopenblas" in line}
    return ctypes.CDLL(paths.pop()) if paths else None


def make_net(widths):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if i + 2 < len(widths):
            layers += [nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def make_sgd(net, learning_rate, weight_decay):
    """Only the matrices decay."""
    matrices = [p for p in net.parameters() if p.dim() == 2]
    others = [p for p in net.parameters() if p.dim() != 2]
    return torch.optim.SGD([{"params": matrices, "weight_decay": weight_decay}, {"params": others}], lr=learning_rate, foreach=True)


def make_step(widths, batch):
    net = make_net(widths)
    sgd = make_sgd(net, LEARNING_RATE, WEIGHT_DECAY)
    x = torch.randn(batch, widths[0])
    labels = torch.randint(widths[-1], (batch,))

    def step():
        sgd.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(x), labels).backward()
        sgd.step()

    return step


def microseconds(step):
    start = time.perf_counter()
    step()
    return 1e6 * (time.perf_counter() - start)


def set_threads(count, openblas=blas()):
    torch.set_num_threads(count)
    if openblas:
        openblas.openblas_set_num_threads(count)


def main():
    print("PyTorch", torch.__version__, flush=True)
    steps, warm = {}, set()
    for line in sys.stdin:
        name, threads, count = line.split()
        if name not in steps:
            steps[name] = make_step(*NETS[name])
        step = steps[name]
        set_threads(int(threads))
        warm_up = 0 if (name, threads) in warm else 1e5  # microseconds; two steps at least
        warm.add((name, threads))
        untimed = [microseconds(step), microseconds(step)]
        while sum(untimed) < warm_up:
            untimed.append(microseconds(step))
        print(*(f"{microseconds(step):.1f}" for _ in range(int(count))), flush=True)


if __name__ == "__main__":
    main()
