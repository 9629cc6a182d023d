
#include "framework/terminal/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "framework/core/text.h"
#include "framework/terminal/terminal.h"

namespace adagrain {

using Clock = std::chrono::steady_clock;

namespace {

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Progress::Progress(std::string label, std::int64_t total, std::string unit, std::int64_t earlier)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      earlier_(earlier),
      done_(earlier),
      started_(Clock::now()),
      drawn_(started_),
      visible_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  finish();
}

void Progress::advance(std::int64_t count, std::string_view note) {
  done_ += count;
  if (!note.empty()) note_ = note;
  // Ten redraws a second are as many as an eye can use.
  if (visible_ && (seconds_since(drawn_) > 0.1 || done_ == total_)) draw();
}

void Progress::draw() {
  drawn_ = Clock::now();
  const double elapsed = seconds_since(started_);
  const double rate = elapsed > 0 ? static_cast<double>(done_ - earlier_) / elapsed : 0;
  std::string line = fmt::format("{}: {}", label_, done_);
  if (total_ > 0) line += fmt::format("/{}", total_);
  line += fmt::format(" {}, {:.4g}/s", unit_, rate);
  if (total_ > 0 && rate > 0) {
    line += fmt::format(", {} left", format_duration(static_cast<double>(total_ - done_) / rate));
  }
  if (!note_.empty()) line += ", " + note_;
  // A line that wraps could not be erased. The last column stays free: some terminals wrap when it is filled.
  fmt::print(stderr, "\r\033[K{}", leading_columns(line, terminal_columns(STDERR_FILENO) - 1));
  std::fflush(stderr);
}

void Progress::finish() {
  if (visible_) {
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
  }
  visible_ = false;
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace adagrain
