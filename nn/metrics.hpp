#pragma once

// All metrics. Each is a function of one batch, and an accumulator to which batches are added: `add` counts
// nothing of a batch that it refuses, and `+=` adds what another accumulator has counted, such as that of
// another thread. Metrics read values and are never recorded; sums are in double.
#include <xgrad/nn/metrics/accuracy.hpp>
#include <xgrad/nn/metrics/calibration.hpp>
#include <xgrad/nn/metrics/confusion_matrix.hpp>
#include <xgrad/nn/metrics/regression.hpp>
#include <xgrad/nn/metrics/roc_auc.hpp>
