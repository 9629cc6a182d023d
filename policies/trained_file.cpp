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

std::filesystem::path TrainedFile::path(const std::string& model) const {
  std::string name = pattern_;
  if (const auto at = name.find(kModel); at != std::string::npos) name.replace(at, kModel.size(), model);
  return std::filesystem::path(name).is_relative() ? project_root() / name : std::filesystem::path(name);
}

std::pair<std::string, std::string> TrainedFile::read(const std::string& model) const {
  const std::filesystem::path file = path(model);
  const auto bytes = read_file(file, kLargestFileBytes);
  return {std::string(bytes.begin(), bytes.end()), file.string()};
}

}  // namespace adagrain
