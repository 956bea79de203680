// How every program of contestants/ refuses a request.
#pragma once

#include <exception>
#include <iostream>
#include <string>

namespace contest {

/// Answers with "refused: " and the reason, in one line: libtorch's messages have a stack behind it.
inline void refuse(const std::exception& error) {
    const std::string reason = error.what();
    std::cout << "refused: " << reason.substr(0, reason.find('\n')) << std::endl;
}

}  // namespace contest
