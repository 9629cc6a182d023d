// Two runs of the tests at once must not meet: every test writes to a folder that it made.
#include "tests/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace adagrain {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsNewEmptyAndGoneAtTheEnd) {
  fs::path path;
  {
    const TemporaryFolder one, other;
    EXPECT_NE(one.path(), other.path());
    EXPECT_TRUE(fs::is_directory(one.path()) && fs::is_empty(one.path()));
    std::ofstream(one / "a") << "x";
    path = one.path();
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, NoTestWritesToTheSharedFolderItself) {
  for (const auto& entry : fs::recursive_directory_iterator(ADAGRAIN_TESTS_ROOT)) {
    const fs::path& file = entry.path();
    if (!entry.is_regular_file() || file.stem().string().starts_with("temporary_folder")) continue;
    if (file.extension() != ".cpp" && file.extension() != ".h") continue;
    std::ifstream input(file);
    const std::string text{std::istreambuf_iterator<char>(input), {}};
    for (const char* shared : {"testing::TempDir", "temp_directory_path"})
      EXPECT_EQ(text.find(shared), std::string::npos) << file << " uses " << shared;
  }
}

}  // namespace
}  // namespace adagrain
