"""PyTorch's side of the comparisons with xgrad: nets, described as in torch_modules.py, some of them trained, and their outputs."""
import torch

import torch_modules
from random_cases import Draw
from random_modules import MODULES
from torch_ops import indices

DTYPES = {"float": torch.float32, "double": torch.float64}


class TiedModel(torch.nn.Module):
    """An Embedding whose weight is also that of a linear layer behind it."""

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        self.words = torch.nn.Embedding(num_embeddings, embedding_dim)
        self.out = torch.nn.Linear(embedding_dim, num_embeddings, bias=False)
        self.out.weight = self.words.weight

    def forward(self, index):
        return self.out(self.words(index))


def make(kind, **options):
    return TiedModel(**options) if kind == "TiedModel" else torch_modules.make(kind, **options)


def described_net(features, hidden, classes):
    """A net of cifar_bn with batch norm."""
    layers = []
    for width in hidden:
        layers += [{"kind": "Linear", "in_features": features, "out_features": width},
                   {"kind": "BatchNorm1d", "num_features": width, "eps": 1e-5, "momentum": 0.1, "affine": True}, {"kind": "ReLU"}]
        features = width
    return {"kind": "Sequential", "modules": layers + [{"kind": "Linear", "in_features": features, "out_features": classes}]}


def make_net(features, hidden, classes):
    return make(**described_net(features, hidden, classes))


def points(draw, features, classes, batch=100):
    """Noisy points of some classes, and large logits of their classes."""
    labels = torch.arange(batch) % classes
    return draw.normal([classes, features])[labels] + draw.normal([batch, features]), 5 * torch.eye(classes, dtype=torch.float64)[labels]


def random_net(draw, kind):
    """A module that has a state, an input that is not empty, and an output to learn."""
    while True:
        options, x = MODULES[kind](draw)
        x = indices(**x) if kind == "Embedding" else x
        net = make(kind, **options).double()
        if x.numel() > 0 and list(net.parameters()):
            return {"kind": kind, **options}, x, draw.normal(list(outputs(net, x).shape))


def described_nets():
    """Descriptions, inputs and what to learn, in double: the report's nets, tied weights, and random modules of every kind that has a state."""
    draw = Draw(1)
    nets = {f"{len(hidden) + 1} layers": [(described_net(3072, hidden, 10), *points(draw, 3072, 10))]
            for hidden in ([50, 50], [50, 30, 20, 20, 10, 10, 10, 10])}
    nets["tied weights"] = [({"kind": "TiedModel", "num_embeddings": 5, "embedding_dim": 3}, torch.tensor([0, 4, 2, 2]), draw.normal([4, 5]))]
    for kind in MODULES:
        if any(make(kind, **MODULES[kind](draw)[0]).state_dict() for _ in range(10)):
            nets[kind] = [random_net(draw, kind) for _ in range(3)]
    return nets


def trained_net(features, hidden, classes, dtype, batch=100, steps=100):
    """A net that has learnt to tell noisy points of some classes apart, in evaluation mode, and a batch of such points."""
    net = make_net(features, hidden, classes).to(dtype)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    centers = torch.randn(classes, features, dtype=dtype)
    labels = torch.arange(batch) % classes

    def points():
        return centers[labels] + torch.randn(batch, features, dtype=dtype)

    for _ in range(steps):
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(net(points()), labels).backward()
        sgd.step()
    return net.eval(), points()


def outputs(net, x):
    with torch.no_grad():
        return net(x)
