// Tables that tests compare with.
#pragma once

#include <filesystem>
#include <string>

namespace adagrain {

inline std::filesystem::path hardware_test_data(const std::string& file) {
  return std::filesystem::path(ADAGRAIN_TESTS_ROOT) / "hardware" / "data" / file;
}

}  // namespace adagrain
