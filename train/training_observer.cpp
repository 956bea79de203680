#include <xgrad/train/training_observer.hpp>

namespace xgrad {

const double* StepRecord::find(const std::string& name) const {
    for (const auto& [other, value] : values)
        if (other == name) return &value;
    return nullptr;
}

void TrainingObserver::add_to(TrainingState&, const std::string&) {}
void TrainingObserver::on_start(std::uint64_t, std::uint64_t) {}
void TrainingObserver::on_step(const StepRecord&) {}
void TrainingObserver::on_checkpoint() {}
void TrainingObserver::on_end() {}

}  // namespace xgrad
