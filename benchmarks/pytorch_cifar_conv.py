#!/usr/bin/python3
"""The training of `cifar_conv train` in PyTorch: the same recipe, to compare accuracies and times.

    /usr/bin/python3 benchmarks/pytorch_cifar_conv.py --data DIR [--net resnet] [--epochs 15] [--seed 1] [--threads 2]

The same net, initial law, normalization, crops and flips, batches, optimizer and schedule; apps/cifar_conv has the originals. Prints the
accuracies, and the seconds of the training with its evaluations.
"""
import argparse
import sys
import time
from pathlib import Path

import numpy
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))
from pytorch_step import set_threads

VALIDATION, PADDING, MOMENTUM = 1000, 4, 0.9


def read(files):
    """Images as bytes, (n, 3, 32, 32), and labels of CIFAR-10's binary files."""
    records = numpy.concatenate([numpy.fromfile(file, dtype=numpy.uint8).reshape(-1, 3073) for file in files])
    return torch.from_numpy(records[:, 1:]).reshape(-1, 3, 32, 32), torch.from_numpy(records[:, 0].astype(numpy.int64))


def convolution(in_, out, batch_norm, window=3, stride=1):
    layer = nn.Conv2d(in_, out, window, stride, window // 2, bias=not batch_norm)
    return [layer, nn.BatchNorm2d(out)] if batch_norm else [layer]


class Block(nn.Module):
    def __init__(self, in_, out, batch_norm):
        super().__init__()
        stride = 1 if in_ == out else 2
        self.body = nn.Sequential(*convolution(in_, out, batch_norm, stride=stride), nn.ReLU(), *convolution(out, out, batch_norm))
        self.shortcut = nn.Identity() if in_ == out else nn.Sequential(*convolution(in_, out, batch_norm, 1, stride))

    def forward(self, x):
        return torch.relu(self.shortcut(x) + self.body(x))


def make_net(kind, width, batch_norm):
    layers, in_ = [], 3
    if kind == "resnet":
        layers, in_ = [*convolution(3, width, batch_norm), nn.ReLU()], width
    for out in (width, 2 * width, 4 * width, 8 * width):
        if kind == "resnet":
            layers.append(Block(in_, out, batch_norm))
        else:
            if out != width:
                layers += [nn.MaxPool2d(2, ceil_mode=True), *convolution(in_, out, batch_norm), nn.ReLU()]
                in_ = out
            layers += [*convolution(in_, out, batch_norm), nn.ReLU()]
        in_ = out
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(in_, 10))
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def augmented(images):
    """Each image moved by up to PADDING pixels and flipped, at random."""
    n = len(images)
    padded = nn.functional.pad(images, [PADDING] * 4)
    rows = torch.randint(2 * PADDING + 1, (n, 1)) + torch.arange(32)
    columns = torch.randint(2 * PADDING + 1, (n, 1)) + torch.arange(32)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    return padded[torch.arange(n)[:, None, None, None], torch.arange(3)[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


@torch.no_grad()
def accuracy(net, images, labels, normalize, size=500):
    net.eval()
    correct = sum((net(normalize(x)).argmax(1) == y).sum().item() for x, y in zip(images.split(size), labels.split(size)))
    net.train()
    return 100 * correct / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of CIFAR-10's binary files")
    parser.add_argument("--net", choices=("vgg", "resnet"), default="vgg")
    parser.add_argument("--batch-norm", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    set_threads(options.threads)
    torch.manual_seed(options.seed)

    images, labels = read([options.data / f"data_batch_{i}.bin" for i in range(1, 6)])
    test_images, test_labels = read([options.data / "test_batch.bin"])
    train, validation = images[:-VALIDATION], images[-VALIDATION:]
    deviation, mean = torch.std_mean(train.float(), dim=(0, 2, 3), keepdim=True)
    normalize = lambda x: (x.float() - mean) / deviation

    start = time.perf_counter()
    net = make_net(options.net, options.width, options.batch_norm).to(memory_format=torch.channels_last)
    weights = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() == 1]
    sgd = torch.optim.SGD([{"params": weights}, {"params": others, "weight_decay": 0}], lr=options.learning_rate, momentum=MOMENTUM,
                          nesterov=True, weight_decay=options.weight_decay)
    steps = len(train) // options.batch_size
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, options.learning_rate, steps * options.epochs, cycle_momentum=False)
    for epoch in range(1, options.epochs + 1):
        order = torch.randperm(len(train))
        for step in range(steps):
            rows = order[step * options.batch_size:(step + 1) * options.batch_size]
            x = normalize(augmented(train[rows])).contiguous(memory_format=torch.channels_last)
            sgd.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(net(x), labels[:-VALIDATION][rows], label_smoothing=options.label_smoothing).backward()
            sgd.step()
            schedule.step()
        trained, held_out = (accuracy(net, x, y, normalize) for x, y in ((train[:VALIDATION], labels[:VALIDATION]), (validation, labels[-VALIDATION:])))
        print(f"epoch {epoch}: training {trained:.2f} %, validation {held_out:.2f} %", flush=True)
    test = accuracy(net, test_images, test_labels, normalize)
    print(f"test {test:.2f} %, {time.perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    main()
