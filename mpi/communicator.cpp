#include <xgrad/mpi/communicator.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/mpi/detail/mpi_handles.hpp>

namespace xgrad::mpi {
namespace {

using Clock = std::chrono::steady_clock;

// How long a process that has lost its patience waits for the others to say where they are.
constexpr auto roll_call = std::chrono::seconds(2);

// A launcher tells the processes that it starts of each other. Without one, Open MPI would start helpers of
// its own.
bool is_launched() {
    return std::ranges::any_of(std::vector{"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"},
                               [](const char* name) { return std::getenv(name) != nullptr; });
}

int as_int(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        fail<ValueError>("Communicator",
                         fmt::format("a transfer of {} bytes is more than MPI can count", bytes));
    return static_cast<int>(bytes);
}

std::vector<int> as_ints(std::span<const std::size_t> counts) {
    std::vector<int> ints;
    ints.reserve(counts.size());
    for (const std::size_t count : counts) ints.push_back(as_int(count));
    return ints;
}

// Where blocks of these sizes begin if they follow one another.
std::vector<int> starts_of(std::span<const std::size_t> counts) {
    std::vector<int> starts;
    std::size_t sum = 0;
    for (const std::size_t count : counts) {
        starts.push_back(as_int(sum));
        sum += count;
    }
    as_int(sum);
    return starts;
}

// Ends this process, and so all, unless it is destroyed in time: MPI's start and end cannot be asked how far
// they are.
class Deadline {
public:
    Deadline(const char* what, std::chrono::milliseconds patience)
        : thread_([this, what, patience] {
              std::unique_lock lock(mutex_);
              if (in_time_.wait_for(lock, patience, [this] { return done_; })) return;
              fmt::print(stderr, "{}: waited {} s: a process is stopped, dead or busy\n", what,
                         std::chrono::duration<double>(patience).count());
              std::_Exit(1);
          }) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() {
        {
            const std::scoped_lock lock(mutex_);
            done_ = true;
        }
        in_time_.notify_one();
        thread_.join();
    }

private:
    std::mutex mutex_;
    std::condition_variable in_time_;
    bool done_ = false;
    std::thread thread_;
};

}  // namespace

struct Communicator::Transfer {
    MPI_Request request = MPI_REQUEST_NULL;
    // Which MPI reads until it has ended.
    std::vector<int> send_counts, send_offsets, counts, offsets;
};

Communicator::Communicator(std::chrono::milliseconds patience) : patience_(patience) {
    if (patience.count() <= 0)
        fail<ValueError>("Communicator",
                         fmt::format("the patience must be positive, got {} ms", patience.count()));
    int running = 0, ended = 0;
    MPI_Initialized(&running);
    if (running == 0 && !is_launched()) return;
    MPI_Finalized(&ended);
    if (ended != 0)
        fail<ValueError>(
            "Communicator",
            "MPI has ended in this process, and cannot be started again: keep one Communicator for the whole program");
    const Deadline deadline("MPI_Init", patience_);
    mpi_ = std::make_unique<Mpi>();
    int provided = MPI_THREAD_SINGLE;
    if (running == 0) {
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
        mpi_->started = true;
    } else {
        MPI_Query_thread(&provided);
    }
    if (provided < MPI_THREAD_SERIALIZED)
        fail<ValueError>("Communicator",
                         "MPI was started for one thread only: start it with MPI_THREAD_SERIALIZED");
    MPI_Comm_dup(MPI_COMM_WORLD, &mpi_->world);
    MPI_Comm_dup(MPI_COMM_WORLD, &mpi_->calls);
    for (const MPI_Comm& each : {MPI_COMM_WORLD, mpi_->world, mpi_->calls})
        MPI_Comm_set_errhandler(each, MPI_ERRORS_RETURN);  // check() reports them
    int rank = 0, size = 1;
    MPI_Comm_rank(mpi_->world, &rank);
    MPI_Comm_size(mpi_->world, &size);
    rank_ = static_cast<std::size_t>(rank);
    size_ = static_cast<std::size_t>(size);
}

Communicator::Communicator(Alone) : patience_(1) {}

const Communicator& Communicator::alone() {
    static const Communicator communicator{Alone()};
    return communicator;
}

Communicator::~Communicator() {
    if (!mpi_) return;
    if (size_ > 1 && std::uncaught_exceptions() > exceptions_) end_all("it ends with an exception");
    const Deadline deadline("MPI_Finalize", patience_);
    MPI_Comm_free(&mpi_->calls);
    MPI_Comm_free(&mpi_->world);
    if (mpi_->started) MPI_Finalize();
}

std::string Communicator::host() const {
    char name[256] = {};
    gethostname(name, sizeof(name) - 1);
    return name;
}

void Communicator::end_all(const std::string& message) const {
    std::fflush(stdout);
    fmt::print(stderr, "rank {} of {} on {}: {}\n", rank_, size_, host(), message);
    std::fflush(stderr);
    if (mpi_) MPI_Abort(mpi_->world, 1);
    std::_Exit(1);
}

void Communicator::broadcast(std::string& bytes) const {
    if (size_ == 1) return;
    constexpr std::size_t most = std::size_t{1} << 30;  // bytes at a time, as MPI counts with int
    const auto send = [this](void* from, std::size_t count) {
        Transfer transfer;
        check("broadcast", MPI_Ibcast(from, as_int(count), MPI_BYTE, 0, mpi_->world, &transfer.request));
        finish("broadcast", transfer);
    };
    std::uint64_t count = bytes.size();
    send(&count, sizeof(count));
    bytes.resize(count);
    for (std::size_t sent = 0; sent < count; sent += most)
        send(bytes.data() + sent, std::min<std::size_t>(most, count - sent));
}

std::vector<double> Communicator::gather(std::span<const double> values) const {
    if (size_ == 1) return {values.begin(), values.end()};
    std::vector<double> counts(size_);
    counts[rank_] = static_cast<double>(values.size());
    gather_all("gather", reinterpret_cast<std::byte*>(counts.data()),
               std::vector<std::size_t>(size_, sizeof(double)));
    std::vector<std::size_t> bytes(size_);
    std::size_t before = 0, all = 0;
    for (std::size_t r = 0; r < size_; ++r) {
        const auto count = static_cast<std::size_t>(counts[r]);
        bytes[r] = count * sizeof(double);
        if (r < rank_) before += count;
        all += count;
    }
    std::vector<double> gathered(all);
    std::ranges::copy(values, gathered.begin() + static_cast<std::ptrdiff_t>(before));
    gather_all("gather", reinterpret_cast<std::byte*>(gathered.data()), bytes);
    return gathered;
}

void Communicator::sum(std::span<double> values) const {
    if (size_ == 1) return;
    const std::vector<double> all = gather(values);
    if (all.size() != values.size() * size_)
        end_all(fmt::format("sum: {} numbers here, {} in all processes together", values.size(), all.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = 0;
        for (std::size_t r = 0; r < size_; ++r) values[i] += all[r * values.size() + i];
    }
}

void Communicator::wait() const {
    if (size_ == 1) return;
    Transfer barrier;
    check("wait", MPI_Ibarrier(mpi_->world, &barrier.request));
    finish("wait", barrier);
}

Processes Communicator::processes() const {
    return {rank_, size_, [this](std::string& bytes) { broadcast(bytes); },
            [this](std::span<const double> numbers) { return gather(numbers); }};
}

Communicator::TransferPtr Communicator::begin_gather(std::byte* all,
                                                     std::span<const std::size_t> counts) const {
    auto transfer = std::make_shared<Transfer>();
    transfer->counts = as_ints(counts);
    transfer->offsets = starts_of(counts);
    sent_ += counts[rank_] * (size_ - 1);
    check("gather", MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, all, transfer->counts.data(),
                                    transfer->offsets.data(), MPI_BYTE, mpi_->world, &transfer->request));
    return transfer;
}

void Communicator::gather_all(const char* op, std::byte* all, std::span<const std::size_t> counts) const {
    if (size_ > 1) finish(op, *begin_gather(all, counts));
}

Communicator::TransferPtr Communicator::exchange(const std::byte* from,
                                                 std::span<const std::size_t> send_offsets, std::byte* to,
                                                 std::span<const std::size_t> counts,
                                                 std::span<const std::size_t> offsets) const {
    auto transfer = std::make_shared<Transfer>();
    for (std::size_t r = 0; r < size_; ++r) {
        transfer->send_offsets.push_back(as_int(send_offsets[r]));
        transfer->send_counts.push_back(as_int(send_offsets[r + 1] - send_offsets[r]));
        if (r != rank_) sent_ += send_offsets[r + 1] - send_offsets[r];
    }
    transfer->counts = as_ints(counts);
    transfer->offsets = as_ints(offsets);
    check("exchange", MPI_Ialltoallv(from, transfer->send_counts.data(), transfer->send_offsets.data(),
                                     MPI_BYTE, to, transfer->counts.data(), transfer->offsets.data(),
                                     MPI_BYTE, mpi_->world, &transfer->request));
    return transfer;
}

bool Communicator::test(const char* op, Transfer& transfer) const {
    int done = 0;
    check(op, MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE));
    return done != 0;
}

void Communicator::check(const char* op, int error) const {
    if (error == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = {};
    int length = 0;
    MPI_Error_string(error, text, &length);
    end_all(fmt::format("{}, step {}: {}: all processes must do the same", op, step_, text));
}

void Communicator::finish(const char* op, Transfer& transfer) const {
    ++calls_;
    const auto deadline = Clock::now() + patience_;
    for (unsigned turn = 0;; ++turn) {
        if (test(op, transfer)) return;
        // What has not come at once may take long: then others can have the processor.
        if (turn < 1024)
            xgrad::detail::relax(turn);
        else
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        if (turn % 256 == 255 && (Clock::now() > deadline || is_called())) fail_waiting(op);
    }
}

// Whether another process has lost its patience.
bool Communicator::is_called() const {
    int called = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, 0, mpi_->calls, &called, MPI_STATUS_IGNORE);
    return called != 0;
}

// Asks all processes where they are: those that wait, too, answer. The first of them speaks for all.
void Communicator::fail_waiting(const char* op) const {
    std::vector<std::uint64_t> at(size_, 0);  // the number of the call; 0: no answer
    at[rank_] = calls_;
    std::vector<MPI_Request> requests(2 * size_, MPI_REQUEST_NULL);
    for (std::size_t r = 0; r < size_; ++r) {
        if (r == rank_) continue;
        MPI_Isend(&at[rank_], 1, MPI_UINT64_T, static_cast<int>(r), 0, mpi_->calls, &requests[2 * r]);
        MPI_Irecv(&at[r], 1, MPI_UINT64_T, static_cast<int>(r), 0, mpi_->calls, &requests[2 * r + 1]);
    }
    for (const auto deadline = Clock::now() + roll_call; Clock::now() < deadline;) {
        int done = 0;
        MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::vector<std::size_t> missing, elsewhere;
    std::size_t speaker = size_;
    for (std::size_t r = 0; r < size_; ++r) {
        if (at[r] == 0) missing.push_back(r);
        if (at[r] != 0 && speaker == size_) speaker = r;
        if (at[r] != 0 && at[r] != calls_) elsewhere.push_back(r);
    }
    if (speaker != rank_) std::this_thread::sleep_for(roll_call);  // it ends this process
    const double seconds = std::chrono::duration<double>(patience_).count();
    if (!missing.empty())
        end_all(fmt::format("{}, step {}: no answer for {} s from rank {}: stopped, dead or busy", op, step_,
                            seconds, joined(missing, ", ")));
    end_all(
        fmt::format("{}, step {}: waited {} s; rank {} is in another call: all processes must do the same",
                    op, step_, seconds, joined(elsewhere, ", ")));
}

}  // namespace xgrad::mpi
