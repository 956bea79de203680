// What a classifier is worth, measured over the batches of a test set: accuracy alone hides a rare class.
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

struct Points {
    Tensor<> x;  // (count, 2)
    Indices labels;
};

// Three overlapping clusters; of ten points one is in the last.
Points clusters(std::size_t count, Rng& rng) {
    Array<float> x(Shape{count, 2});
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < count; ++i) {
        const auto draw = rng.below(10);
        const std::int32_t label = draw == 0 ? 2 : draw % 2 == 0 ? 1 : 0;
        x(i, 0) = static_cast<float>(rng.normal() + 1.5 * label);
        x(i, 1) = static_cast<float>(rng.normal() + 1.5 * (label % 2));
        labels.push_back(label);
    }
    return {Tensor(std::move(x)), labels};
}

int main() {
    Rng rng(1);
    Sequential net{Linear(2, 32, rng), ReLU(), Linear(32, 3, rng)};
    Adam adam(net.parameters(), {.learning_rate = 0.01});
    for (int step = 0; step < 200; ++step) {
        const Points train = clusters(100, rng);
        net.zero_grad();
        Tape tape;
        cross_entropy(net(train.x), train.labels).backward();
        adam.step();
    }

    ConfusionMatrix confusion(3);
    TopKAccuracy top_2(2);
    RocAuc auc;
    Calibration calibration;
    for (int batch = 0; batch < 20; ++batch) {
        const Points test = clusters(100, rng);
        const Tensor logits = net(test.x);
        confusion.add(logits, test.labels);
        top_2.add(logits, test.labels);
        auc.add(softmax(logits), test.labels);  // probabilities: a column compares different points
        calibration.add(logits, test.labels);
    }

    std::cout << to_string(confusion, {"left", "middle", "rare"});
    std::cout << "accuracy              " << confusion.accuracy() << "\n"
              << "among the best two    " << top_2.value() << "\n"
              << "F1, mean of classes   " << confusion.f1_score(Average::macro) << "\n"
              << "F1 of the rare class  " << confusion.f1_score()[2] << "\n"
              << "area under the ROC    " << auc.value() << "\n"
              << "calibration error     " << calibration.expected_error() << "\n";
    const bool hidden = confusion.f1_score()[2] < confusion.accuracy() - 0.1;
    return hidden && auc.value() > 0.9 && calibration.expected_error() < 0.05 ? 0 : 1;
}
