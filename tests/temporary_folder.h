// A new folder for a test that writes files: two tests, or two runs of all tests at once, never share one.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "framework/core/error.h"

namespace adagrain {

// Empty at first; removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "adagrain_test_XXXXXX").string();
    ensure(::mkdtemp(pattern.data()) != nullptr, "cannot make a folder like {}", pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // a destructor must not throw
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace adagrain
