// What EXTENDING.md shows is what is compiled here: each example there is a file of this folder, word for
// word.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "framework/core/files.h"
#include "framework/core/project_root.h"

namespace adagrain {
namespace {

std::string text_of(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  return {bytes.begin(), bytes.end()};
}

TEST(Extending, EveryExampleOfTheGuideIsACompiledFile) {
  const std::string guide = text_of(project_root() / "framework" / "EXTENDING.md");
  const std::string opening = "```cpp\n// file: ";
  std::set<std::filesystem::path> shown;
  for (std::size_t at = guide.find(opening); at != std::string::npos; at = guide.find(opening, at + 1)) {
    const std::size_t name = at + opening.size(), line_end = guide.find('\n', name);
    const std::filesystem::path file = project_root() / guide.substr(name, line_end - name);
    const std::size_t end = guide.find("```\n", line_end);
    ASSERT_NE(end, std::string::npos) << file;
    EXPECT_EQ(guide.substr(line_end + 1, end - line_end - 1), text_of(file)) << file;
    shown.insert(file.filename());
  }
  for (const auto& entry : std::filesystem::directory_iterator(project_root() / "tests" / "extending")) {
    if (entry.path().extension() == ".h") {
      EXPECT_TRUE(shown.contains(entry.path().filename())) << entry.path();
    }
  }
}

}  // namespace
}  // namespace adagrain
