// Progress of long work on stderr: one line rewritten in place with rate and ETA on a terminal, nothing when
// stderr is not a terminal (so that piped output stays clean).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "framework/terminal/progress.h"

namespace adagrain {

class Progress {
 public:
  // `total` in `unit`s (for example 55'000 "images"); 0 when unknown. `earlier` of them are done already and
  // say nothing about the rate.
  Progress(std::string label, std::int64_t total, std::string unit, std::int64_t earlier = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t count = 1, std::string_view note = {});
  // Clears the line; later calls print nothing.
  void finish();

 private:
  void draw();

  std::string label_, unit_, note_;
  std::int64_t total_, earlier_, done_;
  std::chrono::steady_clock::time_point started_, drawn_;
  bool visible_;
};

// "42 s", "3 min 10 s", "2 h 05 min".
std::string format_duration(double seconds);

}  // namespace adagrain
