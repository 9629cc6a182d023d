// What makes two runs the same run: named values in one spelling, whatever the spelling of the files that
// gave them. Equal identities measure equal numbers.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace adagrain {

class Identity {
 public:
  // Replaces a value of the same name.
  void add(const std::string& name, std::string value);
  void add(const std::map<std::string, std::string>& values, const std::string& prefix = {});
  // Length and CRC-32 of a file's content. Throws DataError when it cannot be read.
  void add_file(const std::string& name, const std::filesystem::path& file);

  const std::map<std::string, std::string>& values() const { return values_; }

  // A line for each value, "name: value", by name.
  std::string text() const;
  // The inverse; lines that no text() writes are left out.
  static Identity parse(const std::string& text);

  // CRC-32 of text(), eight hexadecimal digits.
  std::string checksum() const;

  // What of `earlier` is otherwise here, in words: "evaluations was 5 and is 7". Empty for the same.
  std::string difference_from(const Identity& earlier) const;

  friend bool operator==(const Identity&, const Identity&) = default;

 private:
  std::map<std::string, std::string> values_;
};

// "1234 bytes, crc32 0badcafe" of a file's content. Throws DataError when it cannot be read.
std::string content_checksum(const std::filesystem::path& file);

}  // namespace adagrain
