#include "shared/commands/train.hpp"

namespace apps {

void print_scores(const Split& data, std::initializer_list<PartScore> parts,
                  const xgrad::ConfusionMatrix& confusion) {
    fmt::print("\n{:<13}{:>7}{:>8}{:>11}\n", data.train.name(), "images", "cost", "accuracy");
    for (const auto& [name, images, score] : parts)
        fmt::print("{:<13}{:>7}{:>8.4f}{:>9.2f} %\n", name, images, score.cost, 100 * score.accuracy);
    fmt::print("\nTest images by class (down: truth, across: prediction)\n{}",
               to_string(confusion, data.test.classes()));
}

}  // namespace apps
