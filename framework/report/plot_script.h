// Pieces of gnuplot scripts: quoting, colours, panels placed in inches, tidy CSV.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "framework/report/results_file.h"

namespace adagrain {

class CsvTable {
 public:
  CsvTable() = default;
  explicit CsvTable(std::vector<std::string> header) : header_(std::move(header)) {}
  // As many cells as the header has.
  void add(const std::vector<Cell>& row);
  std::size_t size() const { return rows_; }
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::string body_;
  std::size_t rows_ = 0;
};

// A picture of panels in rows and columns; all lengths in inches.
struct Canvas {
  double width = 7.0;  // two columns of a paper
  double panel_height = 1.7;
  int columns = 1, rows = 1;
  double left = 0.62, right = 0.16, top = 0.28, bottom = 0.45;  // around the panels
  double gap_x = 0.62, gap_y = 0.62;                            // between them
  double legend = 0.0;                                          // height of the strip below everything

  double height() const;
  // "set lmargin at screen 0.1; ..." of the panel, row by row from the top left.
  std::string place(int panel) const;
  // Replaces the label of the panel's y axis; all labels of a column are equally far from their axes.
  std::string label_y(int panel, const std::string& text) const;

 private:
  // Left and upper edge, from the left and the bottom of the picture; width.
  struct Corner {
    double x, y, width;
  };
  Corner corner(int panel) const;
};

// Panels for `count` networks, at most three in a row.
Canvas grid_canvas(int count);

// `text` with blanks for its control characters: no line of a script ends in it.
std::string on_one_line(std::string text);

// A gnuplot string that means `text`, whatever is in it; control characters and double quotes, which a CSV
// read by gnuplot cannot hold, become blanks in both.
std::string quote(const std::string& text);

// A name made of letters, digits, '-', '_' and '.', for files.
std::string file_name_of(const std::string& text);

// column(value) where every named column equals its text, NaN elsewhere: for `using`.
std::string where(std::initializer_list<std::pair<const char*, std::string>> conditions,
                  const std::string& value);

// Okabe and Ito's colours, which people with any colour vision tell apart; the yellow one, too pale on
// white, comes last; then their dark and their light shades. Repeats after 24.
std::string colour(std::size_t index);
// A point type that goes with it; all are filled.
int point(std::size_t index);

// What a legend shows: gnuplot's style and a title each, and a note under it all.
struct Legend {
  std::vector<std::pair<std::string, std::string>> entries{};
  std::string note{};
};

// Height of the strip it needs.
double legend_height(const Canvas& canvas, const Legend& legend);
// An empty plot that shows it in the canvas's lowest strip.
std::string legend_plot(const Canvas& canvas, const Legend& legend);

}  // namespace adagrain
