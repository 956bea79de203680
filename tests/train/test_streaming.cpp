// A training on a data set that is four times as large as the memory that the process may use.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/training_state.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

constexpr std::size_t megabyte = 1 << 20, memory = 32 * megabyte, shards = 8;
constexpr ImageShape shape{3, 32, 32};
constexpr std::size_t pixels = 3 * 32 * 32;
constexpr std::size_t per_shard = 4 * memory / shards / (pixels + 1) + 1;  // in all four times the memory

// Images of one colour each, whose class is which half of the range it is in, with some noise.
std::vector<std::filesystem::path> write_shards(const TempDir& dir) {
    Rng rng(1);
    std::vector<std::filesystem::path> files;
    std::string record(shape.size() + 1, '\0');
    for (std::size_t shard = 0; shard < shards; ++shard) {
        files.push_back(dir.path() / std::to_string(shard));
        std::ofstream file(files.back(), std::ios::binary);
        for (std::size_t i = 0; i < per_shard; ++i) {
            const std::uint64_t colour = rng.below(256);
            record[0] = static_cast<char>(colour >= 128);
            for (std::size_t j = 1; j < record.size(); ++j)
                record[j] = static_cast<char>(static_cast<std::uint8_t>((3 * colour + 85 * (j % 4)) / 4));
            file.write(record.data(), static_cast<std::streamsize>(record.size()));
        }
    }
    return files;
}

struct Training {
    explicit Training(const std::vector<std::filesystem::path>& files)
        : batches(ImageFiles({"colours", {"dark", "light"}, shape}, files), 64,
                  {.transforms = {RandomHorizontalFlip(), Normalize(normalizer)}, .window = 4096}),
          net{Linear(shape.size(), 2, rng)},
          sgd(net.parameters(), {.learning_rate = 1e-3}) {
        state.add("net", net).add("batches", batches).add("rng", rng);
    }

    // Returns the fraction of the images that were classified correctly before the net saw them.
    double run(std::size_t steps) {
        double correct = 0;
        for (std::size_t i = 0; i < steps; ++i) {
            const auto& batch = batches.next(rng);
            net.zero_grad();
            Tape tape;
            const Tensor logits = net(batch.x);
            cross_entropy(logits, batch.labels).backward();
            sgd.step();
            for (std::size_t row = 0; row < batch.labels.size(); ++row)
                correct += (logits.value()(row, 1) > logits.value()(row, 0)) == (batch.labels[row] == 1);
        }
        return correct / static_cast<double>(64 * steps);
    }

    Rng rng{3};
    Normalizer normalizer{std::vector<double>(shape.size(), 128), std::vector<double>(shape.size(), 64)};
    Batches<ImageLoader<float, ImageFiles>> batches;
    Sequential<float> net;
    SGD<float> sgd;
    TrainingState state;
};

// Runs f in a process of its own whose memory, beyond what it has now, is limited; returns its exit status.
template <class F>
int limited(std::size_t bytes, F f) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::ifstream status("/proc/self/statm");
        std::size_t pages = 0;
        status >> pages;
        const rlim_t most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + bytes;
        const rlimit limit{most, most};
        ::setrlimit(RLIMIT_AS, &limit);
        int result = 1;
        try {
            result = f();
        } catch (const std::bad_alloc&) {
            result = 99;
        }
        ::_exit(result);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("streaming: trains on four times the memory that it may use, and goes on with the same bits") {
    const TempDir dir;
    const std::vector<std::filesystem::path> files = write_shards(dir);
    set_num_threads(1);  // a forked process has no other thread
    // To read all of it would take too much.
    CHECK(limited(memory, [&] {
              std::vector<std::vector<char>> all;
              for (const auto& path : files) {
                  all.emplace_back(std::filesystem::file_size(path));
                  std::ifstream(path, std::ios::binary)
                      .read(all.back().data(), static_cast<std::streamsize>(all.back().size()));
              }
              return 0;
          }) == 99);
    CHECK(limited(memory, [&] {
              Training whole(files);
              const std::size_t epoch = whole.batches.per_epoch();
              whole.run(epoch / 2 + 3);
              Training resumed(files);
              resumed.state.load(whole.state.save());
              if (whole.run(epoch) < 0.95) return 2;
              resumed.run(epoch);
              return whole.state.save() == resumed.state.save() ? 0 : 3;
          }) == 0);
    set_num_threads(2);
}
