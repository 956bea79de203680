#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

namespace xgrad::test {

/// Sets a variable of the environment; nullptr: removes it.
inline void set_variable(const char* name, const char* value) {
    if (value)
        ::setenv(name, value, 1);
    else
        ::unsetenv(name);
}

/// A pseudo-terminal, which keeps what is written to its stream.
class PseudoTerminal {
public:
    PseudoTerminal(unsigned short columns, unsigned short rows, const char* term = "xterm") {
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        stream_ = std::fopen(::ptsname(master_), "w");
        REQUIRE(stream_);
        termios modes{};
        ::tcgetattr(master_, &modes);
        ::cfmakeraw(&modes);  // "\n" stays "\n"
        ::tcsetattr(master_, TCSANOW, &modes);
        resize(columns, rows);
        set_variable("TERM", term);
    }
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;
    ~PseudoTerminal() { ::close(master_); }

    std::FILE* stream() const { return stream_; }

    void resize(unsigned short columns, unsigned short rows) const {
        const winsize size{rows, columns, 0, 0};
        REQUIRE(::ioctl(master_, TIOCSWINSZ, &size) == 0);
    }

    /// Closes the stream and returns what was written to it.
    std::string written() {
        std::fclose(stream_);
        std::string text;
        std::array<char, 256> part{};
        for (ssize_t count; (count = ::read(master_, part.data(), part.size())) > 0;)
            text.append(part.data(), static_cast<std::size_t>(count));
        return text;
    }

private:
    int master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    std::FILE* stream_ = nullptr;
};

}  // namespace xgrad::test
