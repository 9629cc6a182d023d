#include "tests/hardware/rtl/unit_check.h"

#include <fmt/format.h>

namespace adagrain::rtl {
namespace {

std::string rate_text(const InputRate& rate) {
  const std::string burst = rate.burst > 1 ? fmt::format(" by {}", rate.burst) : "";
  return fmt::format("{}/{}{}", rate.words, rate.cycles, burst);
}

}  // namespace

void UnitCheck::add(const std::string& stream, std::uint64_t count, std::uint64_t rtl, std::uint64_t model,
                    const std::string& difference) {
  ++streams;
  values += count;
  rtl_cycles += rtl;
  model_cycles += model;
  std::string all = difference;
  if (rtl != model) all += fmt::format("{}{} cycles, model {}", all.empty() ? "" : "; ", rtl, model);
  if (!all.empty()) differences.push_back(fmt::format("{}: {}", stream, all));
}

std::vector<UnitCheck> at_each_rate(const std::string& unit) {
  std::vector<UnitCheck> checks;
  for (const InputRate rate : kRates) checks.push_back({.unit = unit, .rate = rate, .differences = {}});
  return checks;
}

std::string table_of(const std::vector<UnitCheck>& checks) {
  std::string text =
      fmt::format("{:<28} {:>11} {:>8} {:>10} {:>11} {:>11} {:>12}  {}\n", "unit", "words/cycle", "streams",
                  "values", "RTL cycles", "C++ cycles", "values/cycle", "");
  std::string differences;
  for (const UnitCheck& check : checks) {
    const double speed = check.rtl_cycles == 0 ? 0 : static_cast<double>(check.values) / check.rtl_cycles;
    text += fmt::format(
        "{:<28} {:>11} {:>8} {:>10} {:>11} {:>11} {:>12.3f}  {}\n", check.unit, rate_text(check.rate),
        check.streams, check.values, check.rtl_cycles, check.model_cycles, speed,
        check.differences.empty() ? "identical" : fmt::format("{} differ", check.differences.size()));
    for (const std::string& difference : check.differences)
      differences += fmt::format("{}: {}\n", check.unit, difference);
  }
  return text + differences;
}

}  // namespace adagrain::rtl
