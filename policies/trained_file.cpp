#include "policies/trained_file.h"

#include "framework/core/files.h"

namespace adagrain {

namespace {

constexpr std::string_view kModel = "{model}";
constexpr std::uint64_t kLargestFileBytes = 1 << 26;

}  // namespace

void TrainedFile::configure(const Config& config, const std::string& key, const std::string& fallback,
                            const std::function<void(const std::string&, const std::string&)>& check) {
  pattern_ = config.get<std::string>(key, fallback);
  if (pattern_.find(kModel) != std::string::npos) return;
  const auto [text, path] = read({});
  check(text, path);
}

std::pair<std::string, std::string> TrainedFile::read(const std::string& model) const {
  std::string name = pattern_;
  if (const auto at = name.find(kModel); at != std::string::npos) name.replace(at, kModel.size(), model);
  std::filesystem::path path = name;
  if (path.is_relative()) path = project_root() / path;
  const auto bytes = read_file(path, kLargestFileBytes);
  return {std::string(bytes.begin(), bytes.end()), path.string()};
}

}  // namespace adagrain
