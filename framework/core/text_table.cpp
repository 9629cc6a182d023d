#include "framework/core/text_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "framework/core/error.h"
#include "framework/core/text.h"

namespace adagrain {

namespace {

bool reads_as_number(const std::string& cell) {
  if (cell.empty() || cell == "-") return true;
  char* end = nullptr;
  std::strtod(cell.c_str(), &end);
  // "12.5x", "3.1 %" and "0.5 ± 0.1" are numbers to the eye.
  return end != cell.c_str() && (*end == '\0' || *end == 'x' || *end == ' ' || *end == '%');
}

}  // namespace

TextTable::TextTable(std::vector<std::string> header) : header_(std::move(header)) {}

void TextTable::add(std::vector<std::string> row) {
  ensure(row.size() == header_.size(), "table row has {} cells, its header {}", row.size(), header_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::aligned(std::size_t columns) const {
  std::vector<std::size_t> width(header_.size());
  std::vector<bool> right(header_.size(), true);
  for (std::size_t column = 0; column < header_.size(); ++column) {
    width[column] = display_width(header_[column]);
    for (const auto& row : rows_) {
      width[column] = std::max(width[column], display_width(row[column]));
      right[column] = right[column] && reads_as_number(row[column]);
    }
  }
  std::size_t shown = 1, total = width[0];
  while (shown < header_.size() && total + 2 + width[shown] <= columns) total += 2 + width[shown++];
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t column = 0; column < shown; ++column) {
      const std::string padding(width[column] - display_width(row[column]), ' ');
      if (column > 0) text += "  ";
      text += right[column] ? padding + row[column] : row[column] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = line(header_);
  for (std::size_t i = 0; i < total; ++i) text += "─";
  text += "\n";
  for (const auto& row : rows_) text += line(row);
  if (shown < header_.size())
    text += fmt::format("in a wider terminal or a pipe also: {}\n",
                        fmt::join(header_.begin() + static_cast<std::ptrdiff_t>(shown), header_.end(), ", "));
  return text;
}

std::string TextTable::tab_separated() const {
  std::string text = fmt::format("{}\n", fmt::join(header_, "\t"));
  for (const auto& row : rows_) text += fmt::format("{}\n", fmt::join(row, "\t"));
  return text;
}

std::string TextTable::markdown() const {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) {
      text += ' ';
      for (const char c : cell) text += c == '|' ? "\\|" : std::string(1, c);
      text += " |";
    }
    return text + "\n";
  };
  std::string text = line(header_) + "|";
  for (std::size_t column = 0; column < header_.size(); ++column) {
    const bool right = std::all_of(rows_.begin(), rows_.end(),
                                   [&](const auto& row) { return reads_as_number(row[column]); });
    text += right ? "---:|" : "---|";
  }
  text += "\n";
  for (const auto& row : rows_) text += line(row);
  return text;
}

}  // namespace adagrain
