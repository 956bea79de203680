// read_safetensors, write_safetensors, load_state and save_state.
#include <xgrad/nn/state.hpp>

#include <algorithm>
#include <cstring>
#include <span>

#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>

#include "fuzz.hpp"

using namespace xgrad;
using fuzz::require;

namespace {

std::span<const std::byte> bytes_of(const AnyArray& array) {
    return std::visit(
        [](const auto& values) { return std::as_bytes(std::span(values.data(), values.size())); }, array);
}

// Compares bytes, so that NaNs are equal.
bool same(const AnyArray& a, const AnyArray& b) {
    const auto shape = [](const auto& array) { return array.shape(); };
    return a.index() == b.index() && std::visit(shape, a) == std::visit(shape, b) &&
           std::ranges::equal(bytes_of(a), bytes_of(b));
}

bool same(const Safetensors& a, const Safetensors& b) {
    const auto same_entry = [](const auto& x, const auto& y) {
        return x.first == y.first && same(x.second, y.second);
    };
    return a.metadata == b.metadata && std::ranges::equal(a.arrays, b.arrays, same_entry);
}

template <class T>
Sequential<T> small_net() {
    Rng rng(1);
    return Sequential<T>{Linear<T>(2, 2, rng), BatchNorm1d<T>(2), Linear<T>(2, 1, rng)};
}

template <class T>
void check_load_state(const std::string& file) {
    static Sequential<T> net = small_net<T>(), other = small_net<T>();
    static const StateDict<T> initial = net.state_dict();
    const auto load = [&] {
        load_state(file, net);
        return true;
    };
    if (!fuzz::accepted<StateError>(file, load)) {
        require(net.state_dict() == initial, "a refused file has changed the net");
        return;
    }
    const std::string saved = fuzz::folder().file("saved");
    save_state(saved, net);
    const Safetensors contents = read_safetensors(saved);
    load_state(saved, other);
    save_state(saved, other);
    require(same(read_safetensors(saved), contents), "a state has changed by saving and loading");
    net.load_state_dict(initial);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string file = fuzz::folder().write("file", test::Bytes(bytes, bytes + size));
    const auto contents = fuzz::accepted<DataError>(file, [&] { return read_safetensors(file); });
    if (!contents) return 0;
    std::uint64_t expected_size = 0;  // the length of the header, itself, and the arrays without gaps
    std::memcpy(&expected_size, bytes, sizeof(expected_size));
    expected_size += sizeof(expected_size);
    for (const auto& [name, array] : contents->arrays) expected_size += bytes_of(array).size();
    require(expected_size == size, "some bytes belong to no array or to two");
    const std::string again = fuzz::folder().file("again");
    write_safetensors(again, *contents);
    require(same(read_safetensors(again), *contents),
            "reading returns something other than what was written");
    check_load_state<float>(file);
    check_load_state<double>(file);
    return 0;
}
