#!/usr/bin/python3
"""Usage: write_fashion_body.py

Writes ../../examples/data/fashion_body.safetensors, from which examples/fine_tuning.cpp starts: the state of a net that PyTorch has
trained on seven of the ten classes of Fashion-MNIST (Debian's dataset-fashion-mnist). `features` is its body, `classifier` its head.
"""
import gzip
import pathlib

import numpy as np
import torch

from safetensors_format import write

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
CLASSES = torch.tensor([0, 1, 2, 5, 6, 8, 9])


def idx(name, header):
    return np.frombuffer(gzip.open(DATA / name).read(), np.uint8, offset=header)


def main():
    torch.manual_seed(1)
    labels = torch.from_numpy(idx("train-labels-idx1-ubyte.gz", 8).astype(np.int64))
    images = torch.from_numpy(idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 784) / np.float32(255))
    chosen = torch.isin(labels, CLASSES)
    images, labels = images[chosen], torch.searchsorted(CLASSES, labels[chosen])
    net = torch.nn.Sequential()
    net.add_module("features", torch.nn.Sequential(torch.nn.Linear(784, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU()))
    net.add_module("classifier", torch.nn.Linear(32, len(CLASSES)))
    adam = torch.optim.Adam(net.parameters())
    for _ in range(5):
        for rows in torch.randperm(len(labels)).split(100):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(net(images[rows]), labels[rows]).backward()
            adam.step()
    net.eval()
    print("training accuracy", (net(images).argmax(1) == labels).float().mean().item())
    folder = pathlib.Path(__file__).parents[2] / "examples/data"
    folder.mkdir(exist_ok=True)
    write(folder / "fashion_body.safetensors", net.state_dict())


if __name__ == "__main__":
    main()
