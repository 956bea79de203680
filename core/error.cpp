#include <xgrad/core/error.hpp>

namespace xgrad {

std::string located(std::string_view message) {
    const ErrorScope* scope = ErrorScope::current();
    return scope ? scope->path() + ": " + std::string(message) : std::string(message);
}

}  // namespace xgrad
