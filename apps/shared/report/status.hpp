#pragma once

#include <xgrad/page/document.hpp>
#include "shared/jobs/jobs_display.hpp"

namespace apps {

/// What is done, running and failed, for the page of a program that runs.
xgrad::page::Section status_section(const JobsStatus& status);

}  // namespace apps
