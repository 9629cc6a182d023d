#include "framework/report/plot_script.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr double kLegendRow = 0.15;

std::string csv_text(std::string text) {
  const bool plain = text.find_first_of(",\"\n\r") == std::string::npos;
  if (plain) return text;
  // gnuplot knows no doubled quotes inside a quoted cell.
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '"' || c == '\n' || c == '\r'; }, ' ');
  return '"' + text + '"';
}

std::string csv_cell(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_text(*text);
  if (const auto* real = std::get_if<double>(&cell))
    return std::isnan(*real) ? "NaN" : fmt::format("{:.10g}", *real);
  if (const auto* boolean = std::get_if<bool>(&cell)) return *boolean ? "1" : "0";
  return fmt::format("{}", std::get<std::int64_t>(cell));
}

// Entries side by side: gnuplot gives each the width of the longest title, as it estimates it.
int legend_columns(const Canvas& canvas, const Legend& legend) {
  std::size_t longest = 1;
  for (const auto& [style, title] : legend.entries) longest = std::max(longest, title.size());
  const double entry = 0.083 * static_cast<double>(longest) + 0.4;
  return std::clamp(static_cast<int>((canvas.width - 0.2) / entry), 1,
                    static_cast<int>(legend.entries.size()));
}

}  // namespace

void CsvTable::add(const std::vector<Cell>& row) {
  ensure(row.size() == header_.size(), "a CSV row has {} cells; the header has {}", row.size(),
         header_.size());
  for (std::size_t index = 0; index < row.size(); ++index)
    body_ += csv_cell(row[index]) + (index + 1 < row.size() ? "," : "\n");
  ++rows_;
}

std::string CsvTable::text() const {
  return fmt::format("{}\n{}", fmt::join(header_, ","), body_);
}

double Canvas::height() const {
  return top + rows * panel_height + (rows - 1) * gap_y + bottom + legend;
}

Canvas::Corner Canvas::corner(int panel) const {
  const double panel_width = (width - left - right - (columns - 1) * gap_x) / columns;
  return {left + panel % columns * (panel_width + gap_x),
          height() - top - panel / columns * (panel_height + gap_y), panel_width};
}

std::string Canvas::place(int panel) const {
  const Corner at = corner(panel);
  return fmt::format(
      "set lmargin at screen {:.5f}; set rmargin at screen {:.5f}; set tmargin at screen {:.5f}; "
      "set bmargin at screen {:.5f}\n",
      at.x / width, (at.x + at.width) / width, at.y / height(), (at.y - panel_height) / height());
}

std::string Canvas::label_y(int panel, const std::string& text) const {
  const Corner at = corner(panel);
  return fmt::format("set label 1 {} at screen {:.5f}, screen {:.5f} center rotate by 90\n", quote(text),
                     (at.x - left + 0.13) / width, (at.y - panel_height / 2) / height());
}

Canvas grid_canvas(int count) {
  Canvas canvas;
  canvas.columns = std::min(count, 3);
  canvas.rows = (count + canvas.columns - 1) / canvas.columns;
  if (canvas.columns == 1) canvas.width = 3.5;
  if (canvas.columns == 2) canvas.width = 5.4;
  return canvas;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

std::string quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : on_one_line(text)) {
    if (c == '\'') quoted += '\'';
    quoted += c == '"' ? ' ' : c;
  }
  return quoted + "'";
}

std::string file_name_of(const std::string& text) {
  std::string name = text;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.'; },
      '_');
  return name.substr(0, 120);
}

std::string where(std::initializer_list<std::pair<const char*, std::string>> conditions,
                  const std::string& value) {
  std::string text;
  for (const auto& [column, wanted] : conditions)
    text += fmt::format("{}strcol('{}') eq {}", text.empty() ? "" : " && ", column, quote(wanted));
  return fmt::format("({} ? {} : NaN)", text, value);
}

namespace {

constexpr std::array kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00",
                                 "#000000", "#F0E442", "#003959", "#6A2F00", "#004F3A", "#663C53",
                                 "#2B5A74", "#735000", "#606060", "#787221", "#80B8D8", "#EAAE80",
                                 "#80CEB9", "#E5BCD3", "#AADAF4", "#F2CF80", "#B0B0B0", "#F7F1A0"};

}  // namespace

std::string colour(std::size_t index) {
  return quote(kColours[index % kColours.size()]);
}

int point(std::size_t index) {
  static constexpr std::array points = {7, 5, 9, 11, 13, 15};
  // Where colours come again, points do not.
  return points[(index + index / kColours.size()) % points.size()];
}

double legend_height(const Canvas& canvas, const Legend& legend) {
  const int columns = legend_columns(canvas, legend);
  const int rows = (static_cast<int>(legend.entries.size()) + columns - 1) / columns;
  return kLegendRow * (rows + (legend.note.empty() ? 0 : 1)) + 0.08;
}

std::string legend_plot(const Canvas& canvas, const Legend& legend) {
  std::string plots;
  for (const auto& [style, title] : legend.entries)
    plots += fmt::format(", keyentry {} title {}", style, quote(title));
  const double below = legend.note.empty() ? 0 : kLegendRow;
  std::string commands =
      "unset title; unset xlabel; unset ylabel; unset tics; unset border; unset grid; unset logscale; "
      "unset label; unset format\n"
      "set lmargin 0; set rmargin 0; set tmargin 0; set bmargin 0\n";
  if (below > 0)
    commands += fmt::format("set label {} at screen 0.5, screen {:.5f} center\n", quote(legend.note),
                            (0.04 + kLegendRow / 2) / canvas.height());
  return commands + fmt::format(
                        "set key at screen 0.5, screen {:.5f} center center horizontal Left reverse samplen "
                        "1.8 maxcols {}\n"
                        "plot [0:1][0:1] -1 notitle{}\n",
                        (canvas.legend + below) / 2 / canvas.height(), legend_columns(canvas, legend), plots);
}

}  // namespace adagrain
