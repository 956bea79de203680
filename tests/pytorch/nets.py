"""PyTorch's side of the comparisons with xgrad: nets of cifar_bn, trained for some steps, and their outputs."""
import torch

DTYPES = {"float": torch.float32, "double": torch.float64}


def make_net(features, hidden, classes):
    layers = []
    for width in hidden:
        layers += [torch.nn.Linear(features, width), torch.nn.BatchNorm1d(width), torch.nn.ReLU()]
        features = width
    return torch.nn.Sequential(*layers, torch.nn.Linear(features, classes))


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
