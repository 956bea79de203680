#!/usr/bin/python3
"""Usage: write_metrics.py

Writes ../nn/data/sklearn_metrics.safetensors: inputs of metrics, and what scikit-learn makes of them in double; of the calibration error,
which it does not have, what the definition (Guo et al. 2017) does in NumPy. tests/nn/metrics/test_sklearn.cpp reads it. All inputs but
those of the case "offset" are exact in float, too.

Needs Debian's python3-sklearn beside python3-torch. The file was written with scikit-learn 1.2.1, NumPy 1.24.2 and PyTorch 1.13.1.
"""
import pathlib

import numpy as np
import torch
from sklearn import metrics

from safetensors_format import write

BINS = 15


def calibration_error(logits, labels):
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0
    for low in np.arange(BINS) / BINS:
        inside = (low < confidence) & (confidence <= low + 1 / BINS)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def of_classes(logits, labels):
    predicted, classes = logits.argmax(axis=1), np.arange(logits.shape[1])
    result = {
        "logits": logits.astype(np.float32),
        "labels": labels,
        "accuracy": metrics.accuracy_score(labels, predicted),
        "top_k_accuracy": [metrics.top_k_accuracy_score(labels, logits, k=k + 1, labels=classes) for k in classes[:-1]],
        "calibration_error": calibration_error(logits, labels),
    }
    for name in ("precision", "recall", "f1"):
        score = getattr(metrics, f"{name}_score")
        result[f"{name}_by_class"] = score(labels, predicted, labels=classes, average=None, zero_division=0)
        result[f"{name}_macro"] = score(labels, predicted, average="macro", zero_division=0)
        result[f"{name}_micro"] = score(labels, predicted, average="micro")
    return result


def of_scores(scores, labels):
    return {
        "scores": scores.astype(np.float32),
        "labels": labels,
        "roc_auc": metrics.roc_auc_score(labels, scores, multi_class="ovr", average="macro"),
    }


def of_pairs(prediction, target, dtype=np.float32):
    return {
        "prediction": prediction.astype(dtype),
        "target": target.astype(dtype),
        "mean_absolute_error": metrics.mean_absolute_error(target, prediction),
        "mean_squared_error": metrics.mean_squared_error(target, prediction),
        "r2_score": metrics.r2_score(target, prediction),
    }


rng = np.random.default_rng(1)


def grid(values):
    """Rounded to multiples of 1/64."""
    return np.round(64 * values) / 64


def classified(batch, classes):
    """Logits without ties (scikit-learn takes the last of equal ones, as `topk` does not), and labels that they fit better than chance."""
    labels = rng.integers(classes, size=batch)
    logits = grid(rng.normal(size=(batch, classes)) + 1.5 * np.eye(classes)[labels]) + np.arange(classes) / 1024
    return logits, labels


logits, labels = classified(80, 5)
rare_logits, rare_labels = classified(60, 6)
rare_labels[np.isin(rare_labels, [3, 4])] = 0  # 3 has predictions only, 4 has nothing, 5 has members only
rare_logits[:, 4:] -= 16
counts = rng.multinomial(16, [0.5, 0.3, 0.2], size=50)  # with ties
target = grid(3 * rng.normal(size=(40, 2)))
prediction = target + grid(rng.normal(size=(40, 2)))

CASES = {
    "classes": of_classes(logits, labels),
    "rare": of_classes(rare_logits, rare_labels),
    "binary": of_scores(np.round(4 * (rng.normal(size=70) + np.arange(70) % 2)) / 4, np.arange(70) % 2),
    "several": of_scores(counts / 16, np.minimum(rng.integers(4, size=50), 2)),
    "regression": of_pairs(prediction.flatten(), target.flatten()),
    "offset": of_pairs(prediction.flatten() + 1e8, target.flatten() + 1e8, np.float64),
}
write(pathlib.Path(__file__).parent.parent / "nn/data/sklearn_metrics.safetensors",
      {f"{case}.{name}": torch.from_numpy(np.asarray(value)) for case, values in CASES.items() for name, value in values.items()})
