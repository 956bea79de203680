#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/models/score.hpp"

#include <xgrad/nn/metrics.hpp>

namespace cifar_conv {

/// A net's scores after an epoch, by its cross-entropy.
struct Epoch {
    apps::Score train;  ///< On the first training images, as they are: as many as there are for validation.
    apps::Score validation;
};

/// The results of a training so far, or of the whole training after its last epoch.
struct Record {
    std::vector<Epoch> epochs;
    apps::Score test;  ///< After the last epoch; before it, of no meaning.
    xgrad::ConfusionMatrix test_confusion;  ///< The same.
    /// The step after which the cost was not finite any more, which was the last step; 0: none. The epochs
    /// that were left have the scores of the net at that point.
    std::uint64_t diverged_at = 0;
};

/// A record as JSON. Reading it back gives the same values, bit by bit, but NaN for an infinity.
std::string to_text(const Record& record);
/// @throws std::exception  the text is not a record; the type is an xgrad::Error or one of nlohmann-json's.
Record parse_record(const std::string& text);

}  // namespace cifar_conv
