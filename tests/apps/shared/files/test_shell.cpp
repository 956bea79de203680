#include "shared/files/shell.hpp"

#include <doctest/doctest.h>

using apps::shell_quoted;

TEST_CASE("shell_quoted: one word, whatever is in it") {
    CHECK(shell_quoted("/tmp/a-b_c.d") == "/tmp/a-b_c.d");
    CHECK(shell_quoted("it's here") == "'it'\\''s here'");
}
