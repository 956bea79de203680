#include <xgrad/page/live_page.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/html.hpp>

#include <xgrad/io/write_file.hpp>

namespace xgrad::page {

using Clock = std::chrono::steady_clock;

LivePage::LivePage(std::filesystem::path folder, std::function<Document()> make)
    : folder_(std::move(folder)), make_(std::move(make)), thread_([this](const std::stop_token& stop) {
          constexpr std::chrono::milliseconds shortest_pause(500);
          constexpr std::chrono::minutes longest_pause(
              1);  // half of what the page takes for the end of the program
          constexpr int share = 50;
          std::mutex mutex;
          std::condition_variable_any stopped;
          while (!stop.stop_requested()) {
              const auto start = Clock::now();
              renew(false);
              std::unique_lock lock(mutex);
              stopped.wait_for(
                  lock, stop,
                  std::clamp<Clock::duration>(share * (Clock::now() - start), shortest_pause, longest_pause),
                  [] { return false; });
          }
      }) {}

LivePage::~LivePage() {
    if (!thread_.joinable()) return;
    end();
    renew(true);
}

void LivePage::end() {
    thread_.request_stop();
    thread_.join();
}

void LivePage::renew(bool last) {
    try {
        const Document document = make_();
        std::map<std::string, std::string> svgs;
        for (const Figure& figure : figures_of(document)) {
            auto& [script, picture] = drawn_[figure.id];
            if (script != figure.script) {
                script = figure.script;
                picture.clear();
                try {
                    picture = draw_svg(figure, folder_ / "figures");
                } catch (const std::exception& error) {
                    warn(error.what());
                }
            }
            svgs[figure.id] = picture;
        }
        write_file(folder_ / "index.html", to_html(document, svgs, last ? Reloading::no : Reloading::yes));
    } catch (const std::exception& error) {
        warn(error.what());
    }
}

// The results are what counts: they are written, and so will be the page in the end. What is wrong for long
// is said once.
void LivePage::warn(const std::string& what) {
    if (warnings_.insert(what).second) fmt::print(stderr, "warning: the page is not renewed: {}\n", what);
}

}  // namespace xgrad::page
