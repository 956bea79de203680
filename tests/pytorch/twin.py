#!/usr/bin/python3
"""Usage: twin.py TWIN DATA OUT [SEEDS]

The report's net with batch norm, trained by xgrad and by PyTorch from the same initial weights with the same batches, on CIFAR-10:

- in double, the losses of 200 steps agree to 1e-10, relative to the loss;
- in float they agree to rounding until the two part; OUT/losses.csv has both for PARTING steps, in float and in double;
- SEEDS whole trainings (default: 10) end in test accuracies that are equivalent within 0.5 points (two one-sided tests);
  OUT/accuracies.csv has them.

TWIN is the program xgrad_pytorch_twin; scripts/twin builds it and runs this.
"""
import csv
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

from nets import DTYPES, make_net
from safetensors_format import read

HIDDEN, FEATURES, CLASSES = [50, 50], 3072, 10
VALIDATION, LAMBDA, ETA_MIN, ETA_MAX, HALF_CYCLE = 1000, 0.005, 1e-5, 1e-1, 2250
COMPARED, PARTING, MARGIN, LEVEL = 200, 2000, 0.5, 0.05


def read_cifar10(folder, files):
    rows = np.concatenate([np.fromfile(folder / file, np.uint8).reshape(-1, 3073) for file in files])
    return torch.from_numpy(rows[:, 1:].copy()), torch.from_numpy(rows[:, 0].astype(np.int64))


def rate(step):
    half, past = divmod(step, HALF_CYCLE)
    above = past if half % 2 == 0 else HALF_CYCLE - past
    return ETA_MIN + (ETA_MAX - ETA_MIN) * above / HALF_CYCLE


class Twin:
    """A training by PyTorch of what xgrad has left in a folder."""

    def __init__(self, folder, dtype):
        self.run = read(folder / "run.safetensors")
        normalizer = read(folder / "normalizer.safetensors")
        self.dtype, self.mean, self.deviation = dtype, normalizer["mean"], normalizer["deviation"]
        self.net = make_net(FEATURES, HIDDEN, CLASSES).to(dtype)
        self.net.load_state_dict(read(folder / "initial.safetensors"), strict=True)
        weights = [p for p in self.net.parameters() if p.ndim == 2]
        others = [p for p in self.net.parameters() if p.ndim == 1]
        self.sgd = torch.optim.SGD([{"params": weights, "weight_decay": 2 * LAMBDA}, {"params": others}], lr=ETA_MIN)

    def normalized(self, images):
        return ((images.to(torch.float64) - self.mean) / self.deviation).to(self.dtype)

    def losses(self, images, labels):
        found = []
        for step, rows in enumerate(self.run["order"]):
            for group in self.sgd.param_groups:
                group["lr"] = rate(step)
            self.sgd.zero_grad()
            loss = torch.nn.functional.cross_entropy(self.net(self.normalized(images[rows])), labels[rows])
            loss.backward()
            self.sgd.step()
            found.append(loss.item())
        return np.array(found)

    def accuracy(self, images, labels):
        self.net.eval()
        with torch.no_grad():
            hits = [(self.net(self.normalized(part)).argmax(1) == truth).sum() for part, truth in
                    zip(images.split(500), labels.split(500))]
        return 100 * sum(hits).item() / len(labels)


def upper_tail(t, degrees):
    """The probability that Student's t exceeds t, by numerical integration."""
    x = np.linspace(0, 1, 200001)[1:-1]  # t' = t + x / (1 - x)
    at = t + x / (1 - x)
    log_density = (math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(degrees * math.pi)
                   - (degrees + 1) / 2 * np.log1p(at * at / degrees))
    return float(np.trapz(np.exp(log_density) / (1 - x) ** 2, x))


def equivalence(a, b):
    """The larger p-value of two one-sided t-tests, with the pooled variance, for means less than MARGIN apart."""
    degrees = len(a) + len(b) - 2
    variance = ((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / degrees
    return upper_tail((MARGIN - abs(np.mean(a) - np.mean(b))) / math.sqrt(variance * (1 / len(a) + 1 / len(b))), degrees)


def main(program, data, out, seeds="10"):
    data, out = pathlib.Path(data), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    images, labels = read_cifar10(data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    images, labels = images[:-VALIDATION], labels[:-VALIDATION]
    test = read_cifar10(data, ["test_batch.bin"])

    def twin(scalar, seed, steps):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, data, folder, scalar, str(seed), str(steps)], check=True)
            return Twin(pathlib.Path(folder), DTYPES[scalar])

    failed = False
    losses = {}
    for scalar in ("double", "float"):
        run = twin(scalar, 1, PARTING)
        losses[scalar] = run.run["loss"].numpy(), run.losses(images, labels)
        difference = np.abs(losses[scalar][0] - losses[scalar][1]) / losses[scalar][0]
        largest = difference[:COMPARED].max()
        bound = 1e-10 if scalar == "double" else 1e-6
        parted = ~(difference <= bound)  # a NaN, too
        parts = np.argmax(parted) if parted.any() else len(difference)
        passed = largest <= 1e-10 if scalar == "double" else parts >= 5
        failed |= not passed
        print(f"{scalar}: the losses of {COMPARED} steps differ by at most {largest:.1e}; beyond {bound:g} after step {parts}: "
              f"{'passed' if passed else 'FAILED'}")
    with open(out / "losses.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "xgrad_double", "pytorch_double", "xgrad_float", "pytorch_float"])
        for step in range(PARTING):
            writer.writerow([step + 1, *(repr(float(loss[step])) for scalar in ("double", "float") for loss in losses[scalar])])

    ours, theirs = [], []
    for seed in range(1, int(seeds) + 1):
        run = twin("float", seed, 0)
        run.losses(images, labels)
        ours.append(100 * run.run["test_accuracy"].item())
        theirs.append(run.accuracy(*test))
        print(f"seed {seed}: xgrad {ours[-1]:.2f} %, PyTorch {theirs[-1]:.2f} %", flush=True)
    with open(out / "accuracies.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seed", "xgrad", "pytorch"])
        writer.writerows([seed + 1, f"{a:.2f}", f"{b:.2f}"] for seed, (a, b) in enumerate(zip(ours, theirs)))
    if len(ours) > 1:
        p = equivalence(ours, theirs)
        failed |= not p < LEVEL
        print(f"means {np.mean(ours):.2f} and {np.mean(theirs):.2f}: equivalent within {MARGIN} points, p = {p:.1e}: "
              f"{'passed' if p < LEVEL else 'FAILED'}")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
