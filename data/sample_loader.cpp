#include <xgrad/data/sample_loader.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/kernels/update.hpp>

namespace xgrad {
namespace {

constexpr std::size_t part_size = 16384;  // values per part: some tens of microseconds of work

enum class Stream : std::uint64_t { transforms, mixing };

Rng generator(const BatchPlan& plan, std::size_t i, Stream stream) {
    return Rng(scrambled(plan.seed, 2 * (plan.position + i) + static_cast<std::uint64_t>(stream)));
}

// Of shape alpha and scale 1 (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).
double gamma(Rng& rng, double alpha) {
    if (alpha < 1) return gamma(rng, alpha + 1) * std::pow(rng.uniform(), 1 / alpha);
    const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
        const double x = rng.normal(), root = std::fma(c, x, 1), v = root * root * root;
        if (v > 0 && std::log(rng.uniform()) < x * x / 2 + d * (1 - v + std::log(v))) return d * v;
    }
}

double beta(Rng& rng, double alpha) {
    const double x = gamma(rng, alpha), y = gamma(rng, alpha);
    return x + y > 0 ? x / (x + y) : 1;  // both can round to 0 if alpha is small
}

}  // namespace

void detail::fail_part(const RowRange& part, std::size_t rows) {
    fail<ValueError>("Batches", fmt::format("the part [{}, {}) is no part of a batch of {} rows", part.first,
                                            part.last, rows));
}

template <class T>
SampleLoader<T>::SampleLoader(const Shape& sample, Source source, std::vector<Transform<T>> transforms,
                              double mixup)
    : size_(size_of(sample)),
      image_(sample.size() == 3 ? ImageShape{sample[0], sample[1], sample[2]} : ImageShape{1, 1, size_}),
      source_(std::move(source)),
      transforms_(std::move(transforms)),
      mixup_(mixup) {
    detail::check_not_negative("Batches", "mixup", mixup);
    for (const Transform<T>& transform : transforms_) {
        transform.check(sample);
        random_ = random_ || transform.random();
    }
    if (!source_.bytes) return;
    while (on_bytes_ < transforms_.size() && transforms_[on_bytes_].takes_bytes()) ++on_bytes_;
    after_conversion_ = on_bytes_;
    if (on_bytes_ < transforms_.size() && transforms_[on_bytes_].affine())
        conversion_ = *transforms_[after_conversion_++].affine();
    else
        conversion_ = {std::vector<T>(size_, T{1}), std::vector<T>(size_, T{0})};
}

template <class T>
Mix SampleLoader<T>::mix(const BatchPlan& plan, std::size_t i) const {
    Rng rng = generator(plan, i, Stream::mixing);
    const std::size_t other = rng.below(plan.rows.size());
    return {other, beta(rng, mixup_)};
}

template <class T>
std::vector<Mix> SampleLoader<T>::mixes(const BatchPlan& plan) const {
    std::vector<Mix> mixes;
    if (mixup_ > 0)
        for (std::size_t i = plan.part.first; i < plan.part.last; ++i) mixes.push_back(mix(plan, i));
    return mixes;
}

template <class T>
void SampleLoader<T>::make(const BatchPlan& plan, std::size_t i, T* to) const {
    const std::size_t row = plan.rows[i];
    thread_local Rng rng(0);
    if (random_) rng = generator(plan, i, Stream::transforms);  // half a microsecond
    if (source_.bytes) {
        const std::uint8_t* bytes = source_.bytes(i, row);
        if (on_bytes_ > 0) {
            thread_local std::vector<std::uint8_t> copy;
            copy.assign(bytes, bytes + size_);
            for (std::size_t k = 0; k < on_bytes_; ++k)
                transforms_[k](Sample<std::uint8_t>{copy.data(), image_, rng});
            bytes = copy.data();
        }
        constexpr std::size_t first = 0;
        kernels::scale_bytes(1, size_, size_, bytes, &first, conversion_.scale.data(),
                             conversion_.shift.data(), to);
    } else {
        std::copy_n(source_.values(i, row), size_, to);
    }
    for (std::size_t k = after_conversion_; k < transforms_.size(); ++k)
        transforms_[k](Sample<T>{to, image_, rng});
}

// The other sample is made a second time rather than waited for; it is the same, as it has its own generator.
template <class T>
void SampleLoader<T>::make_mixed(const BatchPlan& plan, std::size_t i, T* to) const {
    make(plan, i, to);
    if (mixup_ == 0) return;
    const Mix mixed = mix(plan, i);
    thread_local std::vector<T> other;
    other.resize(size_);
    make(plan, mixed.other, other.data());
    detail::mix_into(to, other.data(), size_, mixed.weight);
}

template <class T>
void SampleLoader<T>::start(const BatchPlan& plan) {
    cancel();
    values_ = Array<T>(Shape{plan.part.size(), size_});
    error_ = nullptr;
    const std::size_t per_part = part_size / (size_ + 1) + 1;
    loop_.start((plan.part.size() + per_part - 1) / per_part, [=, this](std::size_t part) {
        try {
            const std::size_t end = std::min((part + 1) * per_part, plan.part.size());
            for (std::size_t i = part * per_part; i < end; ++i)
                make_mixed(plan, plan.part.first + i, values_.data() + i * size_);
        } catch (...) {
            const std::scoped_lock lock(mutex_);
            if (!error_) error_ = std::current_exception();
        }
    });
}

template <class T>
Array<T> SampleLoader<T>::finish() {
    loop_.finish();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    return std::move(values_);
}

template class SampleLoader<float>;
template class SampleLoader<double>;

}  // namespace xgrad
