// Every input that a fuzzer found worth keeping, and every one that once broke something, as a normal test.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "framework/core/files.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

class FuzzReplay : public testing::TestWithParam<std::string> {};

TEST_P(FuzzReplay, TheCorpusBreaksNothing) {
  const auto corpus = std::filesystem::path(ADAGRAIN_TESTS_ROOT) / "fuzz" / "corpus" / GetParam();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) files.push_back(entry.path());
  ASSERT_FALSE(files.empty()) << corpus;
  for (const auto& file : files) {
    SCOPED_TRACE(file.string());
    const std::vector<std::uint8_t> bytes = read_file(file);
    fuzz_targets().at(GetParam())(bytes);
    // Every input cut short is an input too.
    fuzz_targets().at(GetParam())(std::span(bytes).first(bytes.size() / 2));
  }
}

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const auto& [name, unused] : fuzz_targets()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, testing::ValuesIn(target_names()),
                         [](const auto& target) { return target.param; });

}  // namespace
}  // namespace adagrain
