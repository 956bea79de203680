#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

/// Keeps the page of a running program up to date, on a thread of its own: index.html in a folder, which
/// reloads itself in a browser while the program runs. Every version of it is complete. Renewing takes at
/// most a fiftieth of the time.
class LivePage {
public:
    /// @param make  makes the document of what there is so far; called on the page's thread.
    LivePage(std::filesystem::path folder, std::function<Document()> make);
    LivePage(const LivePage&) = delete;
    LivePage& operator=(const LivePage&) = delete;
    /// Writes the page a last time, without reloading, unless end() was called.
    ~LivePage();

    /// Ends the renewals, before the final page takes the place of this one.
    void end();

private:
    void renew(bool last);
    void warn(const std::string& what);

    std::filesystem::path folder_;
    std::function<Document()> make_;
    std::map<std::string, std::pair<std::string, std::string>> drawn_;  // script and picture of each figure
    std::set<std::string> warnings_;
    std::jthread thread_;
};

}  // namespace xgrad::page
