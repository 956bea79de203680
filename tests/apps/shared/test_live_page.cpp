#include <xgrad/page/live_page.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include "shared/page/page_server.hpp"
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>

using namespace xgrad::page;
using apps::PageServer;
using xgrad::test::read_file;
using xgrad::test::TempDir;

namespace {

Document document(const std::string& text) { return {"A title", "", {{"now", "Now", {Paragraph{text}}}}}; }

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("LivePage: is renewed while it lives, and in the end stops reloading") {
    const TempDir dir;
    std::atomic<int> version = 0;
    {
        const LivePage page(dir.path(), [&] { return document(std::to_string(++version)); });
        while (version < 3) std::this_thread::yield();
        CHECK(contains(read_file(dir.file("index.html")), "location.reload()"));
    }
    const std::string last = read_file(dir.file("index.html"));
    CHECK_FALSE(contains(last, "<script"));
    CHECK(contains(last, "<p>" + std::to_string(version) + "</p>"));
}

TEST_CASE("LivePage: what cannot be made is left out") {
    const TempDir dir;
    std::atomic<int> calls = 0;
    {
        LivePage page(dir.path(), [&]() -> Document {
            if (++calls == 1) return document("first");
            throw xgrad::ValueError("not now");
        });
        while (calls < 3) std::this_thread::yield();
    }
    CHECK(contains(read_file(dir.file("index.html")), "first"));
}

TEST_CASE("LivePage: after end() it writes nothing more") {
    const TempDir dir;
    std::atomic<int> calls = 0;
    {
        LivePage page(dir.path(), [&] { return document(fmt::format("version {}", ++calls)); });
        while (calls < 1) std::this_thread::yield();
        page.end();
        dir.write("index.html", "the final page");
        std::this_thread::sleep_for(std::chrono::milliseconds(700));  // longer than its pause
    }
    CHECK(read_file(dir.file("index.html")) == "the final page");
}

TEST_CASE("LivePage: a figure that cannot be drawn is left out of the page") {
    const TempDir dir;
    {
        const LivePage page(dir.path(), [&] {
            Document with_figure = document("the text");
            with_figure.sections[0].blocks.emplace_back(Figure{"bad", "A caption", "plot nonsense(\n"});
            return with_figure;
        });
        while (!std::filesystem::exists(dir.file("index.html"))) std::this_thread::yield();
    }
    CHECK(contains(read_file(dir.file("index.html")), "the text"));
}

TEST_CASE("PageServer: offers the files of its folder, and nothing else, by GET alone") {
    const TempDir dir;
    dir.write("secret.txt", "outside");
    dir.write("folder/index.html", "<p>the page</p>");
    dir.write("folder/figures/a b.svg", "<svg/>");
    std::filesystem::create_symlink("../secret.txt", dir.path() / "folder/link.txt");
    std::filesystem::create_symlink("figures", dir.path() / "folder/inside");
    const PageServer server(dir.path() / "folder", 0);
    REQUIRE(server.address().starts_with("http://127.0.0.1:"));
    httplib::Client client(server.address().substr(0, server.address().size() - 1));

    const auto page = client.Get("/");
    REQUIRE(page);
    CHECK(page->status == 200);
    CHECK(page->body == "<p>the page</p>");
    CHECK(page->get_header_value("Content-Type") == "text/html; charset=utf-8");
    CHECK(client.Get("/index.html")->body == page->body);
    CHECK(client.Get("/figures/a%20b.svg")->body == "<svg/>");
    CHECK(client.Get("/figures/a%20b.svg")->get_header_value("Content-Type") == "image/svg+xml");
    CHECK(client.Get("/inside/a%20b.svg")->body == "<svg/>");
    for (const char* hostile : {"/../secret.txt", "/%2e%2e/secret.txt", "/figures/../../secret.txt",
                                "/link.txt", "/..%2fsecret.txt", "//etc/passwd", "/figures", "/none",
                                "/index.html%00.png", "/./../secret.txt"}) {
        CAPTURE(hostile);
        const auto result = client.Get(hostile);
        REQUIRE(result);
        CHECK(result->status == 404);
        CHECK_FALSE(contains(result->body, "outside"));
    }
    CHECK(client.Post("/", "x", "text/plain")->status == 405);
    CHECK(client.Delete("/index.html")->status == 405);
    CHECK(client.Head("/")->status == 405);
    CHECK(std::filesystem::exists(dir.path() / "folder/index.html"));
}

TEST_CASE("PageServer: a port that is taken is an error that says what to do") {
    const TempDir dir;
    const PageServer first(dir.path(), 0);
    const int port = std::stoi(first.address().substr(std::string("http://127.0.0.1:").size()));
    CHECK_THROWS_WITH_AS(
        PageServer(dir.path(), port),
        ("--serve: port " + std::to_string(port) + " on 127.0.0.1 cannot be had: give another one, or 0")
            .c_str(),
        xgrad::ValueError);
}
