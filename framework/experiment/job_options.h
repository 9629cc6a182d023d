// What the parent of a run tells the process that does one job of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/core/identity.h"

namespace adagrain {

// Lines of a job's standard output that begin so say what it is doing; the others count as progress.
constexpr std::string_view kNote = "  ";

struct JobOptions {
  std::filesystem::path output;  // folder of results
  int threads = 1;
  std::string identity;  // checksum of the identity that the parent has found; empty: none to agree with

  // Passes on what this process has found. Throws DataError when it is not what its parent has read.
  Identity checked(Identity found, const std::string& job) const;
};

}  // namespace adagrain
