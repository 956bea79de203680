#include <xgrad/mpi/manager.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/mpi/detail/mailbox.hpp>

namespace xgrad::mpi {
namespace {

using Clock = std::chrono::steady_clock;
using detail::Mailbox;

constexpr auto pause = std::chrono::milliseconds(2);  // between two looks for messages
constexpr auto news_interval = std::chrono::milliseconds(100);

enum class Kind : char { request, news, answer, error, alive, end };

// What a message is about: the request of this number.
struct Letter {
    Kind kind;
    std::uint64_t request = 0;
    std::string text = {};

    std::string bytes() const {
        std::string all(1 + sizeof(request), static_cast<char>(kind));
        std::memcpy(all.data() + 1, &request, sizeof(request));
        return all + text;
    }
    static Letter of(const std::string& bytes) {
        Letter letter{static_cast<Kind>(bytes.front())};
        std::memcpy(&letter.request, bytes.data() + 1, sizeof(letter.request));
        letter.text = bytes.substr(1 + sizeof(letter.request));
        return letter;
    }
};

// When to give a sign of life, and whether another has given one.
class Pulse {
public:
    explicit Pulse(const Communicator& world) : patience_(world.patience()) {}

    void heard() { heard_ = Clock::now(); }
    bool is_lost() const { return Clock::now() - heard_ > patience_; }
    bool is_due() {
        const auto now = Clock::now();
        if (now - given_ < std::min<Clock::duration>(patience_ / 10, std::chrono::seconds(1))) return false;
        given_ = now;
        return true;
    }

private:
    std::chrono::milliseconds patience_;
    Clock::time_point heard_ = Clock::now(), given_ = Clock::now();
};

}  // namespace

// A thread that alone calls MPI.
class Manager::Office {
public:
    explicit Office(const Communicator& world)
        : world_(world),
          mailbox_(world),
          workers_(world.size(), Worker{Pulse(world)}),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    std::string call(std::size_t rank, const std::string& text,
                     const std::function<void(const std::string&)>& on_news) {
        const auto call = std::make_shared<Call>();
        std::unique_lock lock(mutex_);
        const std::uint64_t number = ++requests_;
        calls_[number] = call;
        outbox_.emplace_back(rank, Letter{Kind::request, number, text});
        for (;;) {
            changed_.wait(lock, [&] { return call->news || call->last || workers_[rank].is_lost; });
            if (!call->news) break;
            const std::string news = *std::exchange(call->news, std::nullopt);
            lock.unlock();
            if (on_news) on_news(news);
            lock.lock();
        }
        const std::string place = fmt::format("rank {} of {}", rank, world_.size());
        if (!call->last)
            fail<WorkerLost>(place.c_str(),
                             fmt::format("no sign of life for {} s: stopped or dead",
                                         std::chrono::duration<double>(world_.patience()).count()));
        if (call->last->kind == Kind::error) fail<Error>(place.c_str(), call->last->text);
        return call->last->text;
    }

private:
    struct Worker {
        Pulse pulse;
        bool is_lost = false;
    };
    struct Call {
        std::optional<std::string> news;
        std::optional<Letter> last;
    };

    void run(const std::stop_token& stop) {
        Pulse own(world_);
        while (!stop.stop_requested()) {
            {
                const std::scoped_lock lock(mutex_);
                if (own.is_due()) to_all(Kind::alive);
                exchange();
            }
            std::this_thread::sleep_for(pause);
        }
        const std::scoped_lock lock(mutex_);
        to_all(Kind::end);
        exchange();
        for (Pulse end(world_); !mailbox_.is_sent() && !end.is_lost();) std::this_thread::sleep_for(pause);
    }

    void to_all(Kind kind) {
        // Also to those that are lost: one that goes on need not end all.
        for (std::size_t rank = 1; rank < workers_.size(); ++rank) outbox_.emplace_back(rank, Letter{kind});
    }

    void exchange() {
        for (const auto& [rank, letter] : outbox_) mailbox_.post(rank, letter.bytes());
        outbox_.clear();
        bool changed = false;
        while (const auto message = mailbox_.poll()) {
            workers_[message->first].pulse.heard();
            Letter letter = Letter::of(message->second);
            const auto found = calls_.find(letter.request);
            const auto call = found == calls_.end() ? nullptr : found->second.lock();
            if (!call) continue;  // a sign of life, or an answer that nobody waits for any more
            changed = true;
            if (letter.kind == Kind::news)
                call->news = std::move(letter.text);
            else
                call->last = std::move(letter);
        }
        std::erase_if(calls_, [](const auto& call) { return call.second.expired(); });
        for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
            if (workers_[rank].is_lost || !workers_[rank].pulse.is_lost()) continue;
            workers_[rank].is_lost = true;
            changed = true;
        }
        if (changed) changed_.notify_all();
    }

    const Communicator& world_;
    std::mutex mutex_;  // protects all below
    std::condition_variable changed_;
    Mailbox mailbox_;
    std::vector<Worker> workers_;
    std::uint64_t requests_ = 0;
    std::map<std::uint64_t, std::weak_ptr<Call>> calls_;
    std::vector<std::pair<std::size_t, Letter>> outbox_;
    std::jthread thread_;
};

Manager::Manager(const Communicator& world) {
    if (world.rank() != 0)
        fail<ValueError>("Manager", fmt::format("process 0 has it, this is process {}", world.rank()));
    if (world.size() > 1) office_ = std::make_unique<Office>(world);
}

Manager::~Manager() = default;

std::string Manager::call(std::size_t rank, const std::string& request,
                          const std::function<void(const std::string&)>& on_news) const {
    return office_->call(rank, request, on_news);
}

void work(const Communicator& world,
          const std::function<std::string(const std::string& request, const News& news)>& answer) {
    // Requests that are being answered.
    struct Request {
        std::optional<std::string> news;
        std::optional<Letter> last;
        std::jthread thread;
    };
    std::mutex mutex;  // protects what threads change: news, last
    std::atomic<bool> ended = false;
    std::map<std::uint64_t, Request> requests;
    Mailbox mailbox(world);
    Pulse own(world), manager(world);
    auto next_news = Clock::now();

    const auto begin = [&](Letter letter) {
        Request& request = requests[letter.request];
        request.thread = std::jthread([&, letter = std::move(letter)] {
            Letter last{Kind::answer, letter.request};
            try {
                last.text = answer(letter.text, [&](std::string news) {
                    if (ended) fail<Error>("work", "the manager has ended");
                    const std::scoped_lock lock(mutex);
                    request.news = std::move(news);
                });
            } catch (const std::exception& error) {
                last = {Kind::error, letter.request, fmt::format("on {}: {}", world.host(), error.what())};
            }
            const std::scoped_lock lock(mutex);
            request.last = std::move(last);
        });
    };
    const auto report = [&] {
        const std::scoped_lock lock(mutex);
        const bool news = Clock::now() >= next_news;
        if (news) next_news = Clock::now() + news_interval;
        for (auto next = requests.begin(); next != requests.end();) {
            const auto at = next++;
            auto& [number, request] = *at;
            if (news && request.news)
                mailbox.post(0,
                             Letter{Kind::news, number, *std::exchange(request.news, std::nullopt)}.bytes());
            if (!request.last) continue;
            mailbox.post(0, request.last->bytes());
            requests.erase(at);
        }
    };
    while (!ended) {
        while (const auto message = mailbox.poll()) {
            manager.heard();
            Letter letter = Letter::of(message->second);
            if (letter.kind == Kind::end)
                ended = true;
            else if (letter.kind == Kind::request)
                begin(std::move(letter));
        }
        report();
        if (own.is_due()) mailbox.post(0, Letter{Kind::alive}.bytes());
        if (manager.is_lost())
            world.end_all(fmt::format("no sign of life from rank 0 for {} s: stopped or dead",
                                      std::chrono::duration<double>(world.patience()).count()));
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace xgrad::mpi
