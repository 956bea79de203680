#include <xgrad/train/training_state.hpp>

#include <algorithm>
#include <bit>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/nn/state.hpp>

namespace xgrad {
namespace {

using Integers = Array<std::int64_t>;

template <class Words>
Integers integers(const Words& words) {
    Integers array(Shape{words.size()});
    std::transform(words.begin(), words.end(), array.data(),
                   [](std::uint64_t word) { return std::bit_cast<std::int64_t>(word); });
    return array;
}

Integers integer(std::uint64_t value) { return Integers(Shape{}, std::bit_cast<std::int64_t>(value)); }

void expect_nothing_else(const std::string& part, const Safetensors& left) {
    if (!left.arrays.empty())
        fail<StateError>(part, fmt::format("unexpected {}", left.arrays.begin()->first));
    if (!left.metadata.empty()) fail<StateError>(part, "unexpected text");
}

// Moves the integers with this name out of a part's saved state and checks their shape.
template <class Words>
void take(const std::string& part, Safetensors& saved, const std::string& name, const Shape* shape,
          Words& out) {
    const auto entry = saved.arrays.extract(name);
    const std::string place = name.empty() ? part : part + ": " + name;
    const std::string expected =
        shape ? fmt::format("I64 of shape {}", to_string(*shape)) : "I64 with one axis";
    if (entry.empty()) fail<StateError>(place, fmt::format("expected {}, found nothing", expected));
    const auto* array = std::get_if<Integers>(&entry.mapped());
    if (!array || (shape ? array->shape() != *shape : array->dimension() != 1))
        fail<StateError>(place, fmt::format("expected {}, found {}", expected, described(entry.mapped())));
    if constexpr (requires { out.resize(0); }) out.resize(array->size());
    std::transform(array->data(), array->data() + array->size(), out.begin(),
                   [](std::int64_t value) { return std::bit_cast<std::uint64_t>(value); });
}

std::uint64_t take_integer(const std::string& part, Safetensors& saved, const std::string& name) {
    const Shape scalar;
    std::array<std::uint64_t, 1> value{};
    take(part, saved, name, &scalar, value);
    return value[0];
}

// Calls load() and prefixes its errors with the name of the part.
template <class F>
void load_part(const std::string& part, F load) {
    try {
        load();
    } catch (const Error& error) {
        fail<StateError>(part, error.what());
    }
}

std::string full_name(const std::string& part, const std::string& name) {
    return name.empty() ? part : part + "." + name;
}

// The part of a name before the first dot, and what follows it.
std::pair<std::string, std::string> split_name(const std::string& name) {
    const std::size_t dot = name.find('.');
    return dot == name.npos ? std::pair(name, std::string())
                            : std::pair(name.substr(0, dot), name.substr(dot + 1));
}

}  // namespace

TrainingState& TrainingState::add(Part part) {
    const auto refuse = [&](const char* why) {
        fail<ValueError>("TrainingState", fmt::format("a part cannot be named '{}': {}", part.name, why));
    };
    if (part.name.empty()) refuse("the name is empty");
    if (part.name.find('.') != part.name.npos) refuse("dots separate a part's name from those within it");
    if (part.name == "format" || part.name == "crc32") refuse("checkpoints use it themselves");
    for (const Part& other : parts_)
        if (other.name == part.name) refuse("another part has that name");
    parts_.push_back(std::move(part));
    return *this;
}

template <class T>
TrainingState& TrainingState::add(const std::string& name, Module<T>& module) {
    return add({name,
                [&, name] {
                    NamedArrays arrays = state_arrays(module);
                    for (const auto& [generator, rng] : module.generators())
                        if (!arrays.emplace(generator, integers(rng->state())).second)
                            fail<StateError>(name, fmt::format("visit lists {} twice", generator));
                    return Safetensors{std::move(arrays), {}};
                },
                [&, name](Safetensors saved) {
                    for (const auto& [generator, rng] : module.generators()) {
                        Rng::State state;
                        const Shape shape{state.size()};
                        take(name, saved, generator, &shape, state);
                        load_part(full_name(name, generator), [&, to = rng] { to->restore(state); });
                    }
                    load_part(name, [&] { load_state_arrays(module, std::exchange(saved.arrays, {})); });
                    expect_nothing_else(name, saved);
                }});
}

TrainingState& TrainingState::add_arrays(const std::string& name, const std::function<NamedArrays()>& save,
                                         const std::function<void(NamedArrays)>& load) {
    return add({name, [=] { return Safetensors{save(), {}}; },
                [=](Safetensors saved) {
                    load_part(name, [&] { load(std::exchange(saved.arrays, {})); });
                    expect_nothing_else(name, saved);
                }});
}

TrainingState& TrainingState::add(const std::string& name, EpochOrder& batches) {
    return add({name,
                [&] {
                    const EpochState& state = batches.state();
                    Safetensors saved{
                        {{"order", integers(state.order)}, {"position", integer(state.position)}}, {}};
                    if (batches.has_seed()) saved.arrays["seed"] = integer(state.seed);
                    if (batches.has_windows()) {
                        saved.arrays["samples"] = integer(state.samples);
                        saved.arrays["block"] = integer(state.block);
                    }
                    return saved;
                },
                [&, name](Safetensors saved) {
                    EpochState state;
                    take(name, saved, "order", nullptr, state.order);
                    state.position = take_integer(name, saved, "position");
                    if (batches.has_seed()) state.seed = take_integer(name, saved, "seed");
                    if (batches.has_windows()) {
                        state.samples = take_integer(name, saved, "samples");
                        state.block = take_integer(name, saved, "block");
                    }
                    expect_nothing_else(name, saved);
                    load_part(name, [&] { batches.restore(std::move(state)); });
                }});
}

TrainingState& TrainingState::add(const std::string& name, Rng& rng) {
    return add({name, [&] { return Safetensors{{{"", integers(rng.state())}}, {}}; },
                [&, name](Safetensors saved) {
                    Rng::State state;
                    const Shape shape{state.size()};
                    take(name, saved, "", &shape, state);
                    expect_nothing_else(name, saved);
                    load_part(name, [&] { rng.restore(state); });
                }});
}

TrainingState& TrainingState::add(const std::string& name, std::uint64_t& counter) {
    return add({name, [&] { return Safetensors{{{"", integer(counter)}}, {}}; },
                [&, name](Safetensors saved) {
                    const std::uint64_t value = take_integer(name, saved, "");
                    expect_nothing_else(name, saved);
                    counter = value;
                }});
}

TrainingState& TrainingState::add(const std::string& name, std::string& text) {
    return add({name, [&] { return Safetensors{{}, {{"", text}}}; },
                [&, name](Safetensors saved) {
                    const auto entry = saved.metadata.extract("");
                    if (entry.empty()) fail<StateError>(name, "expected text, found nothing");
                    expect_nothing_else(name, saved);
                    text = entry.mapped();
                }});
}

std::vector<std::string> TrainingState::names() const {
    std::vector<std::string> names;
    for (const Part& part : parts_) names.push_back(part.name);
    return names;
}

Safetensors TrainingState::save() const {
    Safetensors state;
    for (const Part& part : parts_) {
        Safetensors saved = part.save();
        for (auto& [name, array] : saved.arrays)
            state.arrays.emplace(full_name(part.name, name), std::move(array));
        for (auto& [name, text] : saved.metadata)
            state.metadata.emplace(full_name(part.name, name), std::move(text));
    }
    return state;
}

void TrainingState::load(const Safetensors& state) {
    const Safetensors before = save();
    for (const auto& [name, array] : before.arrays)
        if (const auto found = state.arrays.find(name);
            found != state.arrays.end() && found->second.index() != array.index())
            fail<StateError>("TrainingState", fmt::format("{}: expected {}, found {}", name, described(array),
                                                          described(found->second)));
    try {
        load_parts(state);
    } catch (...) {
        load_parts(before);
        throw;
    }
}

void TrainingState::load(const Safetensors& state, const std::vector<std::string>& parts) {
    for (const std::string& name : parts)
        if (std::none_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; }))
            fail<ValueError>("TrainingState", fmt::format("there is no part {}", name));
    const auto is_chosen = [&](const auto& entry) {
        return std::find(parts.begin(), parts.end(), split_name(entry.first).first) != parts.end();
    };
    Safetensors mixed = save();
    std::erase_if(mixed.arrays, is_chosen);
    std::erase_if(mixed.metadata, is_chosen);
    std::copy_if(state.arrays.begin(), state.arrays.end(), std::inserter(mixed.arrays, mixed.arrays.end()),
                 is_chosen);
    std::copy_if(state.metadata.begin(), state.metadata.end(),
                 std::inserter(mixed.metadata, mixed.metadata.end()), is_chosen);
    load(mixed);
}

void TrainingState::load_parts(const Safetensors& state) {
    std::map<std::string, Safetensors> by_part;
    for (const auto& [name, array] : state.arrays) {
        const auto [part, rest] = split_name(name);
        by_part[part].arrays.emplace(rest, array);
    }
    for (const auto& [name, text] : state.metadata) by_part[name].metadata.emplace("", text);
    for (const Part& part : parts_) {
        auto saved = by_part.extract(part.name);
        try {
            part.load(saved.empty() ? Safetensors{} : std::move(saved.mapped()));
        } catch (const StateError& error) {
            fail<StateError>("TrainingState", error.what());
        }
    }
    if (!by_part.empty())
        fail<StateError>("TrainingState", fmt::format("unexpected {}", by_part.begin()->first));
}

template TrainingState& TrainingState::add(const std::string&, Module<float>&);
template TrainingState& TrainingState::add(const std::string&, Module<double>&);

}  // namespace xgrad
