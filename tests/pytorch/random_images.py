"""Random calls of ops on images and signals, away from kinks."""
import math

import torch


def convolution(axes, transpose):
    """Options of images are lists, those of signals numbers."""
    def make(r):
        def option(least, most):
            return [r.rng.randint(least, most) for _ in range(axes)]
        stride, padding, dilation, kernel, groups = option(1, 3), option(0, 2), option(1, 2), option(1, 3), r.rng.randint(1, 3)
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        if transpose:
            options["output_padding"] = [r.below(max(pair)) for pair in zip(stride, dilation)]
            extents = [max(1, -(-(2 * p + 1 - span - o) // s) + 1) + r.below(3) for p, span, o, s in zip(padding, spans, options["output_padding"], stride)]
        else:
            extents = [max(1, span - 2 * p) + r.below(4) for p, span in zip(padding, spans)]
        channels, out = groups * r.rng.randint(1, 3), groups * r.rng.randint(1, 3)
        weight = [channels, out // groups] if transpose else [out, channels // groups]
        bias = [r.normal([out])] if r.chance(0.5) else []
        named = {name: values if axes > 1 else values[0] for name, values in options.items()}
        return [r.normal([r.rng.randint(1, 3), channels] + extents), r.normal(weight + kernel)] + bias, {**named, "groups": groups}
    return make


def image(r, extents):
    """Elements of all images differ by at least 0.01."""
    shape = [r.rng.randint(1, 3), r.rng.randint(1, 3)] + extents
    count = math.prod(shape)
    return (torch.randperm(count, generator=r.torch).double() / count * 4 - 2 + r.uniform([count], 0, 1) / (2 * count)).reshape(shape)


def pooling(axes, maximum):
    def make(r):
        def option(least, most):
            return [r.rng.randint(least, most) for _ in range(axes)]
        window, stride = option(1, 3), option(1, 3)
        dilation = option(1, 2) if maximum else [1] * axes
        padding = [r.rng.randint(0, w // 2) if d == 1 else 0 for w, d in zip(window, dilation)]
        options = {"window": window, "stride": stride, "padding": padding, **({"dilation": dilation} if maximum else {})}
        ceil_mode = r.chance(0.5)  # a window may then reach beyond the image
        extents = [max(1, d * (w - 1) + 1 - 2 * p - (s - 1 if ceil_mode else 0)) + r.below(5)
                   for w, s, d, p in zip(window, stride, dilation, padding)]
        named = {name: values if axes > 1 else values[0] for name, values in options.items()}
        return [image(r, extents)], {**named, "ceil_mode": ceil_mode, **({} if maximum else {"count_include_pad": r.chance(0.5)})}
    return make


def resized(axes):
    def make(r):
        extents = [r.rng.randint(1, 7) for _ in range(axes)]
        return [image(r, [r.rng.randint(1, 6) for _ in range(axes)])], {"extents": extents if axes > 1 else extents[0]}
    return make
