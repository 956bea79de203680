// A table: trains on Fisher's iris flowers, read from a CSV file, and judges the net by a cross-validation.
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {

struct Table {
    Tensor<> x;
    Indices y;
};

Table rows_of(const Array<float>& x, const Indices& y, const Rows& rows) {
    return {Tensor(select_rows(x, rows)), select_rows(y, rows)};
}

// The accuracy on `test` of a net that was trained on `train`.
double accuracy_of(const Table& train, const Table& test, std::size_t classes, Rng& rng) {
    Sequential net{BatchNorm1d(train.x.shape()[1]), Linear(train.x.shape()[1], 16, rng), ReLU(),
                   Linear(16, classes, rng)};
    Adam adam(net.parameters(), {.learning_rate = 0.01});
    for (int step = 0; step < 300; ++step) {
        net.zero_grad();
        Tape tape;
        const Tensor loss = cross_entropy(net(train.x), train.y);
        loss.backward();
        adam.step();
    }
    net.eval();
    return accuracy(net(test.x), test.y);
}

}  // namespace

int main() try {
    const CsvTable table = read_csv(XGRAD_SOURCE_DIR "/examples/data/iris.csv");
    const Array<float> x = table.features(table.columns_except({"species"}));
    const auto [y, classes] = table.labels("species");
    std::cout << table.rows() << " flowers of " << classes.size() << " species, " << x.shape()[1]
              << " measurements of each\n";

    Rng rng(1);
    double sum = 0;
    const auto folds = stratified_k_folds(y, 5, rng);
    for (const Fold& fold : folds)
        sum += accuracy_of(rows_of(x, y, fold.train), rows_of(x, y, fold.validation), classes.size(), rng);
    const double result = sum / static_cast<double>(folds.size());
    std::cout << "accuracy in 5 folds: " << 100 * result << " %\n";
    return result > 0.9 ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
