#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace httplib {
class Server;
}

namespace apps {

/// Offers the files of one folder to browsers on this machine, and to nobody else, while the object exists:
/// by HTTP on 127.0.0.1, by GET alone, and no file outside of the folder.
class PageServer {
public:
    /// @param port  0: any one that is free.
    /// @throws xgrad::ValueError  the port cannot be had.
    PageServer(const std::filesystem::path& folder, int port);
    PageServer(const PageServer&) = delete;
    PageServer& operator=(const PageServer&) = delete;
    ~PageServer();

    /// `http://127.0.0.1:8000/`
    std::string address() const;
    /// Prints the address and waits for SIGINT or SIGTERM.
    void serve_until_stopped() const;

private:
    int port_;
    std::unique_ptr<httplib::Server> server_;
    std::jthread thread_;
};

}  // namespace apps
