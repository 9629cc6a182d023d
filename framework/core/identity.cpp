#include "framework/core/identity.h"

#include <algorithm>
#include <vector>

#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "framework/core/files.h"

namespace adagrain {

namespace {

constexpr std::size_t kMostDifferences = 3;
constexpr std::size_t kLongestShown = 60;

// A value keeps to its line, and a name ends at the first colon.
std::string escaped(const std::string& value, bool is_name = false) {
  std::string text;
  for (const char letter : value) {
    if (letter == '\n' || letter == '\\' || (is_name && letter == ':')) text += '\\';
    text += letter == '\n' ? 'n' : letter == ':' && is_name ? 'c' : letter;
  }
  return text;
}

std::string unescaped(const std::string& text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool special = text[i] == '\\' && i + 1 < text.size();
    if (special) ++i;
    value += special && text[i] == 'n' ? '\n' : special && text[i] == 'c' ? ':' : text[i];
  }
  return value;
}

std::string shown(const std::string& value) {
  const std::string text = escaped(value);
  return text.size() <= kLongestShown ? text : text.substr(0, kLongestShown) + "...";
}

}  // namespace

void Identity::add(const std::string& name, std::string value) {
  values_[name] = std::move(value);
}

void Identity::add(const std::map<std::string, std::string>& values, const std::string& prefix) {
  for (const auto& [name, value] : values) add(prefix + name, value);
}

void Identity::add_file(const std::string& name, const std::filesystem::path& file) {
  add(name, content_checksum(file));
}

std::string Identity::text() const {
  std::string text;
  for (const auto& [name, value] : values_)
    text += fmt::format("{}: {}\n", escaped(name, true), escaped(value));
  return text;
}

Identity Identity::parse(const std::string& text) {
  Identity identity;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos)
      identity.values_[unescaped(line.substr(0, colon))] = unescaped(line.substr(colon + 2));
    begin = end + 1;
  }
  return identity;
}

std::string Identity::checksum() const {
  const std::string all = text();
  return fmt::format("{:08x}",
                     crc32(std::span(reinterpret_cast<const std::uint8_t*>(all.data()), all.size())));
}

std::string Identity::difference_from(const Identity& earlier) const {
  std::vector<std::string> differences;
  for (const auto& [name, value] : values_) {
    const auto found = earlier.values_.find(name);
    if (found == earlier.values_.end())
      differences.push_back(fmt::format("{} is new, {}", name, shown(value)));
    else if (found->second != value)
      differences.push_back(fmt::format("{} was {} and is {}", name, shown(found->second), shown(value)));
  }
  for (const auto& [name, value] : earlier.values_)
    if (!values_.contains(name)) differences.push_back(fmt::format("{} is gone, {}", name, shown(value)));
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostDifferences, differences.size()); ++i)
    text += (i == 0 ? "" : "; ") + differences[i];
  if (differences.size() > kMostDifferences)
    text += fmt::format("; and {} more", differences.size() - kMostDifferences);
  return text;
}

std::string content_checksum(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  return fmt::format("{} bytes, crc32 {:08x}", bytes.size(), crc32(bytes));
}

}  // namespace adagrain
