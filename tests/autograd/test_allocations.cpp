// A training step in steady state asks the system for no memory. Every way to ask for some is counted here;
// the sanitizers have their own, so this file is left out of their builds.
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>

#include <xgrad/core/parallel.hpp>
#include "support/tensors.hpp"

namespace {

thread_local constinit bool counting = false;
thread_local constinit long requests = 0;

void count() noexcept {
    if (counting) ++requests;
}

}  // namespace

// These take the place of the C library's, for every library of this program: operator new ends here as well.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) noexcept {
    count();
    return __libc_malloc(bytes);
}
void* calloc(std::size_t count_of, std::size_t bytes) noexcept {
    count();
    return __libc_calloc(count_of, bytes);
}
void* realloc(void* block, std::size_t bytes) noexcept {
    count();
    return __libc_realloc(block, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
    count();
    return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    count();
    return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) noexcept {
    count();
    *block = __libc_memalign(alignment, bytes);
    return *block ? 0 : ENOMEM;
}
void* mmap(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
    count();
    return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}
}

namespace {

using namespace xgrad;
using namespace xgrad::test;

// How often `f` asks for memory.
template <class F>
long memory_requests(F f) {
    requests = 0;
    counting = true;
    f();
    counting = false;
    return requests;
}

// Whether f comes to ask for no memory, twenty times in a row. A worker thread makes its buffers when it is
// free for a part of f for the first time, and that may be late.
template <class F>
bool comes_to_rest(F f) {
    int in_a_row = 0;
    for (int i = 0; i < 2000 && in_a_row < 20; ++i) in_a_row = memory_requests(f) == 0 ? in_a_row + 1 : 0;
    return in_a_row == 20;
}

// Two layers with batch norm, written with ops alone.
template <class T>
struct Net {
    std::vector<Tensor<T>> parameters;  // W1, gamma1, beta1, W2, b2
    explicit Net(std::size_t in, std::size_t hidden, std::size_t classes) {
        Rng rng(1);
        for (const Tensor<T>& value :
             {randn<T>({hidden, in}, rng) * 0.1, ones<T>({hidden}), zeros<T>({hidden}),
              randn<T>({classes, hidden}, rng) * 0.1, zeros<T>({classes})})
            parameters.emplace_back(value.value(), RequiresGrad::yes);
    }
    Tensor<T> operator()(const Tensor<T>& x) const {
        const auto& p = parameters;
        return linear(relu(batch_norm(linear(x, p[0]), p[1], p[2])), p[3], p[4]);
    }
    void step(const Tensor<T>& x, const Indices& labels) {
        for (Tensor<T>& parameter : parameters) parameter.zero_grad();
        Tape<T> tape;
        const Tensor<T> loss = cross_entropy((*this)(x), labels) + 0.01 * sum(square(parameters[0]));
        loss.backward();
        for (Tensor<T>& parameter : parameters)
            parameter.update([&](Array<T>& value) {
                const Array<T>& gradient = parameter.grad().value();
                for (std::size_t i = 0; i < value.size(); ++i)
                    value.data()[i] -= T(0.01) * gradient.data()[i];
            });
    }
};

Indices some_labels(std::size_t batch) {
    std::vector<std::int32_t> labels(batch);
    for (std::size_t i = 0; i < batch; ++i) labels[i] = static_cast<std::int32_t>(i % 10);
    return labels;
}

long resident_bytes() {
    long total = 0, resident = 0;
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    REQUIRE(file);
    REQUIRE(std::fscanf(file, "%ld %ld", &total, &resident) == 2);
    std::fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

// Memory that is seen here cannot be optimized away, as clang does with what is allocated and freed unused.
const void* volatile seen;

}  // namespace

TEST_CASE("counting: sees malloc, operator new, aligned memory and mmap") {
    CHECK(memory_requests([] {
              void* block = std::malloc(10);
              seen = block;
              std::free(block);
          }) == 1);
    CHECK(memory_requests([] { ::operator delete(::operator new(10)); }) == 1);
    CHECK(memory_requests([] {
              ::operator delete(::operator new(100, std::align_val_t{64}), std::align_val_t{64});
          }) == 1);
    CHECK(memory_requests(
              [] { munmap(mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096); }) == 1);
    CHECK(memory_requests([] {
              const std::vector<double> v(1000);
              seen = v.data();
          }) == 1);
}

TEST_CASE_TEMPLATE("Tape: after the first few, a training step asks for no memory", T, float, double) {
    Rng rng(2);
    const Tensor<T> x = randn<T>({100, 300}, rng);
    const Indices labels = some_labels(100);
    Net<T> net(300, 50, 10);
    CHECK(comes_to_rest([&] { net.step(x, labels); }));
}

TEST_CASE("Tape: batches of changing size ask for no memory once each size has come") {
    Rng rng(3);
    const std::vector<Tensor<float>> batches{randn({64, 20}, rng), randn({17, 20}, rng),
                                             randn({33, 20}, rng)};
    Net<float> net(20, 30, 10);
    const auto round = [&] {
        for (const Tensor<float>& x : batches) net.step(x, some_labels(x.shape()[0]));
    };
    for (int i = 0; i < 10; ++i) round();
    const long for_labels = static_cast<long>(batches.size());
    for (int i = 0; i < 10; ++i) CHECK(memory_requests(round) == for_labels);
}

TEST_CASE("Tape: second derivatives ask for no memory beyond their lists of Tensors") {
    const Tensor<double> x = leaf({1, 2, 3});
    const auto round = [&] {
        Tape<double> tape;
        const Tensor<double> first = grad(sum(x * x * x), {x}, {.create_graph = true})[0];
        return grad(sum(first), {x})[0];
    };
    for (int i = 0; i < 10; ++i) (void)round();
    const long lists = 4;  // the list of xs and the list of gradients, of two calls
    CHECK(memory_requests([&] { (void)round(); }) == lists);
}

TEST_CASE("Tape: inference asks for no memory") {
    Rng rng(4);
    const Tensor<float> x = randn({100, 300}, rng);
    const Net<float> net(300, 50, 10);
    CHECK(comes_to_rest([&] { (void)net(x); }));
}

TEST_CASE("Tape: 10,000 training steps leave the resident size flat") {
    Rng rng(5);
    const Tensor<float> x = randn({10, 20}, rng);
    const Indices labels = some_labels(10);
    Net<float> net(20, 10, 10);
    for (int i = 0; i < 100; ++i) net.step(x, labels);
    const long before = resident_bytes();
    for (int i = 0; i < 10'000; ++i) net.step(x, labels);
    CHECK(resident_bytes() - before <= 64 * 1024);
}
