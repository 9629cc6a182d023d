// The dependency rule, read off the #include lines: everything may include core, nothing reaches upwards, and
// LibTorch and HDF5 stay behind the folders that need them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace adagrain {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;  // from the project's root
  std::string part;  // the folder that stands for it below
  std::size_t lines = 0;
  std::vector<std::string> includes;
};

const fs::path& root() {
  static const fs::path path = fs::path(ADAGRAIN_TESTS_ROOT).parent_path();
  return path;
}

// "framework/core", "policies", "datasets" or "tests"; observers hook into training, the training of policies
// keeps a ledger, and some commands need networks: these stand for themselves.
std::string part_of(const std::string& path) {
  for (const char* folder :
       {"framework/profiling/observers", "policies/training", "framework/cli/networks"}) {
    if (path.starts_with(std::string(folder) + "/")) return folder;
  }
  const std::size_t first = path.find('/');
  return path.starts_with("framework/") ? path.substr(0, path.find('/', first + 1)) : path.substr(0, first);
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = [] {
    std::vector<Source> found;
    const std::regex include(R"re(^\s*#\s*include\s*["<]([^">]+)[">])re");
    for (const char* folder : {"framework", "policies", "datasets", "tests"}) {
      for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
        const auto extension = entry.path().extension();
        if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".h")) continue;
        Source source;
        source.path = fs::relative(entry.path(), root()).generic_string();
        source.part = part_of(source.path);
        std::ifstream input(entry.path());
        for (std::string line; std::getline(input, line); ++source.lines) {
          if (std::smatch match; std::regex_search(line, match, include)) source.includes.push_back(match[1]);
        }
        found.push_back(std::move(source));
      }
    }
    return found;
  }();
  return all;
}

bool is_ours(const std::string& include) {
  return include.starts_with("framework/") || include.starts_with("policies/") ||
         include.starts_with("datasets/");
}

bool is_torch(const std::string& include) {
  return include.starts_with("torch/") || include.starts_with("ATen/") || include.starts_with("c10/") ||
         include.starts_with("caffe2/");
}

TEST(Architecture, TheSourcesAreFound) {
  std::set<std::string> parts;
  for (const Source& source : sources()) parts.insert(source.part);
  for (const char* part :
       {"framework/core", "framework/compression", "framework/container", "policies", "tests"}) {
    EXPECT_TRUE(parts.contains(part)) << part;
  }
}

// What each part may include beside itself and core. Parts that are not listed may include everything.
TEST(Architecture, PartsIncludeOnlyWhatLiesBelowThem) {
  const std::map<std::string, std::set<std::string>> below{
      {"framework/core", {}},
      {"framework/terminal", {}},
      {"framework/compression", {}},
      {"framework/container", {"framework/compression"}},
      {"framework/hardware", {"framework/container", "framework/compression", "framework/profiling"}},
      {"framework/profiling", {"framework/compression"}},
      {"framework/bench", {"framework/compression", "framework/container"}},
      {"framework/report", {"framework/profiling"}},
      {"framework/search", {"framework/compression", "framework/container", "framework/profiling"}},
      {"policies", {"framework/compression", "framework/profiling", "framework/search"}},
      {"policies/training",
       {"policies", "framework/compression", "framework/profiling", "framework/search", "framework/report"}},
      {"datasets", {}},
  };
  for (const Source& source : sources()) {
    const auto rule = below.find(source.part);
    if (rule == below.end()) continue;
    for (const std::string& include : source.includes) {
      if (!is_ours(include)) continue;
      const std::string part = part_of(include);
      EXPECT_TRUE(part == source.part || part == "framework/core" || rule->second.contains(part))
          << source.path << " includes " << include;
    }
  }
}

const std::set<std::string> kLinkedWithTorch{"framework/models",     "framework/evaluation",
                                             "framework/training",   "framework/profiling/observers",
                                             "framework/experiment", "framework/cli/networks"};

TEST(Architecture, OnlyWhatIsLinkedWithLibTorchIncludesIt) {
  for (const Source& source : sources()) {
    if (source.part == "tests" || kLinkedWithTorch.contains(source.part)) continue;
    for (const std::string& include : source.includes) {
      EXPECT_FALSE(is_ours(include) && kLinkedWithTorch.contains(part_of(include)))
          << source.path << " includes " << include;
    }
  }
}

TEST(Architecture, TheLibraryLeavesPrintingAndExitingToThePrograms) {
  const std::set<std::string> printing{"framework/terminal", "framework/cli", "framework/cli/networks",
                                       "framework/install",  // examples: programs
                                       "tests"};
  const std::regex word(
      R"re(\bfmt::print\(|\bstd::(printf|fprintf|puts|fputs|cout|cerr|exit|_Exit|quick_exit)\b|\b(stdout|stderr)[,)])re");
  for (const Source& source : sources()) {
    if (printing.contains(source.part)) continue;
    std::ifstream input(root() / source.path);
    std::size_t number = 0;
    for (std::string line; std::getline(input, line);) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, word)) << source.path << ":" << number << ": " << line;
    }
  }
}

TEST(Architecture, LibTorchStaysOutOfWhatADeploymentLinks) {
  const std::set<std::string> with_torch{"framework/models", "framework/evaluation", "framework/training",
                                         "framework/profiling/observers", "tests"};
  for (const Source& source : sources()) {
    if (with_torch.contains(source.part)) continue;
    for (const std::string& include : source.includes) {
      EXPECT_FALSE(is_torch(include)) << source.path << " includes " << include;
    }
  }
}

TEST(Architecture, OnlyTheReportIncludesHdf5) {
  for (const Source& source : sources()) {
    if (source.part == "framework/report" || source.path.starts_with("tests/report/")) continue;
    for (const std::string& include : source.includes) {
      EXPECT_FALSE(include.starts_with("hdf5") || include.starts_with("H5"))
          << source.path << " includes " << include;
    }
  }
}

TEST(Architecture, NoFileIsLongerThan400Lines) {
  for (const Source& source : sources()) EXPECT_LE(source.lines, 400u) << source.path;
}

TEST(Architecture, FileNamesAreUnique) {
  std::map<std::string, std::string> seen;
  for (const Source& source : sources()) {
    const auto [place, fresh] = seen.try_emplace(fs::path(source.path).filename().string(), source.path);
    EXPECT_TRUE(fresh) << source.path << " and " << place->second;
  }
}

}  // namespace
}  // namespace adagrain
