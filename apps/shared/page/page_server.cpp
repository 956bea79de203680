#include "shared/page/page_server.hpp"

#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <httplib.h>

#include <xgrad/train/stop_signals.hpp>

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

constexpr const char* host = "127.0.0.1";

// The regular file that a request names, if it is in the folder, where links lead to and all.
std::optional<std::filesystem::path> file_of(const std::filesystem::path& folder, const std::string& path) {
    if (!path.starts_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
    const std::string name = path == "/" ? "index.html" : path.substr(1);
    std::error_code error;
    const std::filesystem::path file = std::filesystem::canonical(folder / name, error);
    if (error || !std::filesystem::is_regular_file(file, error)) return std::nullopt;
    const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return end == folder.end() ? std::optional(file) : std::nullopt;
}

std::string type_of(const std::filesystem::path& file) {
    static const std::map<std::string, const char*> types{{".html", "text/html; charset=utf-8"},
                                                          {".md", "text/plain; charset=utf-8"},
                                                          {".csv", "text/csv; charset=utf-8"},
                                                          {".json", "application/json"},
                                                          {".svg", "image/svg+xml"},
                                                          {".png", "image/png"}};
    const auto found = types.find(file.extension().string());
    return found == types.end() ? "application/octet-stream" : found->second;
}

}  // namespace

PageServer::PageServer(const std::filesystem::path& folder, int port)
    : server_(std::make_unique<httplib::Server>()) {
    std::filesystem::create_directories(folder);
    // By default the library would share the port with another server.
    server_->set_socket_options([](socket_t socket) {
        const int yes = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_->set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
        if (request.method == "GET") return httplib::Server::HandlerResponse::Unhandled;
        response.status = 405;
        return httplib::Server::HandlerResponse::Handled;
    });
    server_->Get(".*", [folder = std::filesystem::canonical(folder)](const httplib::Request& request,
                                                                     httplib::Response& response) {
        const auto file = file_of(folder, request.path);
        std::ifstream stream;
        if (file) stream.open(*file, std::ios::binary);
        if (!stream.is_open()) {
            response.status = 404;
            response.set_content("There is no such file.\n", "text/plain");
            return;
        }
        response.set_header("Cache-Control", "no-store");  // the next one may be newer
        response.set_content(std::string(std::istreambuf_iterator<char>(stream), {}), type_of(*file));
    });
    port_ = port == 0 ? server_->bind_to_any_port(host) : server_->bind_to_port(host, port) ? port : -1;
    if (port_ < 0)
        xgrad::fail<xgrad::ValueError>(
            "--serve", fmt::format("port {} on {} cannot be had: give another one, or 0", port, host));
    thread_ = std::jthread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();  // stop() would be lost on it
}

PageServer::~PageServer() { server_->stop(); }

void PageServer::serve_until_stopped() const {
    const xgrad::StopSignals signals;
    fmt::print("the page is at {} until Ctrl-C\n", address());
    std::fflush(stdout);
    while (xgrad::StopSignals::received() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

std::string PageServer::address() const { return fmt::format("http://{}:{}/", host, port_); }

}  // namespace apps
