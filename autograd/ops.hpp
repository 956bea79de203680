#pragma once

#include <xgrad/autograd/ops/convolution.hpp>
#include <xgrad/autograd/ops/cross_entropy.hpp>
#include <xgrad/autograd/ops/elementwise.hpp>
#include <xgrad/autograd/ops/indexing.hpp>
#include <xgrad/autograd/ops/linalg.hpp>
#include <xgrad/autograd/ops/loss.hpp>
#include <xgrad/autograd/ops/normalization.hpp>
#include <xgrad/autograd/ops/pooling.hpp>
#include <xgrad/autograd/ops/reduce.hpp>
#include <xgrad/autograd/ops/shape.hpp>
#include <xgrad/autograd/ops/slicing.hpp>
#include <xgrad/autograd/tape.hpp>

// All ops. Every op takes and returns Tensors of one scalar type, also works outside a tape, and can be
// differentiated twice. Error messages name the op. "Broadcast" means NumPy's rule: shapes are aligned at the
// last axis, and an extent of 1 stretches. An operand that does not reach an element of the result has no
// gradient there, even if the result's gradient is infinite or NaN. At zeros, infinities, NaN and the ends of
// the range, values and gradients are PyTorch's, but for what docs/numerics.md lists.
