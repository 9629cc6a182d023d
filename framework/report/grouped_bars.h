// Bars in groups with error bars, panels one below the other: what several figures need.
#pragma once

#include <string>
#include <vector>

#include "framework/report/figure.h"
#include "framework/report/run_summary.h"

namespace adagrain {

struct BarValue {
  std::string group, bar;
  Spread value;
  bool marked = false;
};

struct BarPanel {
  std::string title, label;  // label of the y axis
  std::vector<BarValue> values;
};

struct GroupedBars {
  std::string name, title;
  std::vector<std::string> groups, bars;  // in drawing order
  std::vector<BarPanel> panels;
  std::string mark;  // what a marked bar means
};

// CSV columns: panel, label, group, bar, x, mean, sd, seeds, marked.
Drawing draw_grouped_bars(const GroupedBars& bars);

}  // namespace adagrain
