#include "policies/trained_file.h"

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/project_root.h"

namespace adagrain {

namespace {

constexpr std::string_view kModel = "{model}";
constexpr std::uint64_t kLargestFileBytes = 1 << 26;

std::pair<std::string, std::string> read_text(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kLargestFileBytes);
  return {std::string(bytes.begin(), bytes.end()), file.string()};
}

}  // namespace

void TrainedFile::configure(const Config& config, const std::string& key, const std::string& fallback,
                            const std::function<void(const std::string&, const std::string&)>& check) {
  pattern_ = config.get<std::string>(key, fallback);
  where_ = fmt::format("{}: {}", config.where(key), key);
  if (pattern_.find(kModel) != std::string::npos) return;
  try {
    const auto [text, file] = read_text(path({}));
    check(text, file);
  } catch (const DataError& error) {
    config.fail(key, fmt::format("is '{}'; a file that `adagrain train-policy` wrote is expected: {}",
                                 pattern_, error.what()));
  }
}

std::filesystem::path TrainedFile::path(const std::string& model) const {
  std::string name = pattern_;
  if (const auto at = name.find(kModel); at != std::string::npos) name.replace(at, kModel.size(), model);
  return std::filesystem::path(name).is_relative() ? project_root() / name : std::filesystem::path(name);
}

std::pair<std::string, std::string> TrainedFile::read(const std::string& model) const {
  try {
    return read_text(path(model));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{} is '{}': {}", where_, pattern_, error.what()));
  }
}

}  // namespace adagrain
