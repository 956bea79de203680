#!/usr/bin/python3
"""The default training of `cifar_bn train` in PyTorch: whole_process times both.

    /usr/bin/python3 benchmarks/pytorch_cifar.py --data DIR [--threads 2]

The same net, initial law, normalization, batches, schedule, weight decay and snapshots, each of them over all images; apps/cifar_bn has the
originals. Prints a line of CSV per snapshot.
"""
import argparse
import sys
from pathlib import Path

import numpy
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))
from pytorch_step import make_net, make_sgd, set_threads

BATCH, LAMBDA, CYCLES, HALF_CYCLE, ETA_MIN, ETA_MAX, VALIDATION = 100, 0.005, 2, 2250, 1e-5, 1e-1, 1000
STEPS = 2 * HALF_CYCLE * CYCLES


def read(files):
    """Images as bytes, (n, 3072), and labels of CIFAR-10's binary files."""
    records = numpy.concatenate([numpy.fromfile(file, dtype=numpy.uint8).reshape(-1, 3073) for file in files])
    return torch.from_numpy(records[:, 1:]), torch.from_numpy(records[:, 0].astype(numpy.int64))


def open_data(folder):
    """Three pairs of normalized images and labels: training, validation, test."""
    images, labels = read([folder / f"data_batch_{i}.bin" for i in range(1, 6)])
    test_images, test_labels = read([folder / "test_batch.bin"])
    train, validation, test = (part.float() for part in (images[:-VALIDATION], images[-VALIDATION:], test_images))
    deviation, mean = torch.std_mean(train, dim=0)
    for part in (train, validation, test):
        part.sub_(mean).div_(deviation)
    return (train, labels[:-VALIDATION]), (validation, labels[-VALIDATION:]), (test, test_labels)


def initialize(net):
    """Weights as the report's "xavier": normal with variance 1 / fan_in; biases 0."""
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=layer.in_features ** -0.5)
            nn.init.zeros_(layer.bias)


def learning_rate(step):
    """Smith's triangular schedule."""
    half, past = divmod(step, HALF_CYCLE)
    above = past if half % 2 == 0 else HALF_CYCLE - past
    return ETA_MIN + (ETA_MAX - ETA_MIN) * above / HALF_CYCLE


def batches(count):
    """The rows of each batch, reshuffled in each epoch; a smaller last batch is dropped."""
    while True:
        order = torch.randperm(count)
        for start in range(0, count - BATCH + 1, BATCH):
            yield order[start:start + BATCH]


@torch.no_grad()
def evaluate(net, images, labels, size=1000):
    """Mean cross-entropy plus penalty, and accuracy."""
    net.eval()
    loss = correct = 0
    for x, y in zip(images.split(size), labels.split(size)):
        logits = net(x)
        loss += nn.functional.cross_entropy(logits, y, reduction="sum").item()
        correct += (logits.argmax(1) == y).sum().item()
    net.train()
    penalty = LAMBDA * sum(p.square().sum().item() for p in net.parameters() if p.dim() == 2)
    return loss / len(labels) + penalty, correct / len(labels)


def train(widths, data):
    net = make_net(widths)
    initialize(net)
    sgd = make_sgd(net, ETA_MIN, 2 * LAMBDA)
    snapshots = {1} | {tenth * 2 * HALF_CYCLE // 10 for tenth in range(1, 10 * CYCLES + 1)}
    images, labels = data[0]
    print("step,train_cost,train_accuracy,validation_cost,validation_accuracy,test_cost,test_accuracy")
    for step, rows in zip(range(1, STEPS + 1), batches(len(labels))):
        for group in sgd.param_groups:
            group["lr"] = learning_rate(step - 1)
        sgd.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(images[rows]), labels[rows]).backward()
        sgd.step()
        if step in snapshots:
            print(step, *(f"{value:.4f}" for part in data for value in evaluate(net, *part)), sep=",", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of CIFAR-10's binary files")
    parser.add_argument("--hidden", default="50,50", help="widths of the hidden layers")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    set_threads(options.threads)
    torch.manual_seed(options.seed)
    train([3072, *map(int, options.hidden.split(",")), 10], open_data(options.data))


if __name__ == "__main__":
    main()
