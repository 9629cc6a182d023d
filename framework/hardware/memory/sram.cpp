#include "framework/hardware/memory/sram.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/reference_table.h"

namespace adagrain {

namespace {

using SizedSram = std::map<std::uint64_t, Sram>;  // by bytes

// By node in nm.
std::map<std::uint64_t, SizedSram> read_nodes() {
  std::map<std::uint64_t, SizedSram> nodes;
  for (const ReferenceRow& row : read_reference_table(reference_file("cacti7_sram.csv"))) {
    if (row.at("cell") != "itrs-lstp") continue;
    const auto number = [&](const char* column) { return reference_number(row, column); };
    const auto node = static_cast<std::uint64_t>(std::lround(1000 * number("tech_um")));
    nodes[node][static_cast<std::uint64_t>(number("size_B"))] = {number("read_pJ") / number("width_b"),
                                                                 number("write_pJ") / number("width_b"),
                                                                 number("leak_mW"), number("area_mm2")};
  }
  return nodes;
}

// The power of the size through both ends.
double between(double low, double high, double share) {
  return low * std::pow(high / low, share);
}

}  // namespace

Sram sram(std::uint64_t node_nm, std::uint64_t size_bytes) {
  static const std::map<std::uint64_t, SizedSram> nodes = read_nodes();
  const auto found = nodes.find(node_nm);
  if (found == nodes.end()) {
    std::vector<std::uint64_t> known;
    for (const auto& [node, sizes] : nodes) known.push_back(node);
    throw ConfigError(fmt::format("the CACTI table has no memories of {} nm; it has {} nm", node_nm,
                                  fmt::join(known, ", ")));
  }
  const SizedSram& sizes = found->second;
  require<DataError>(sizes.size() >= 2, "cacti7_sram.csv: {} sizes at {} nm; two or more are expected",
                     sizes.size(), node_nm);
  const std::uint64_t smallest = sizes.begin()->first, largest = sizes.rbegin()->first;
  const std::uint64_t banks = std::max<std::uint64_t>(1, divide_up(size_bytes, largest));
  const std::uint64_t bank_bytes = std::max(divide_up(size_bytes, banks), smallest);
  const auto above = std::max(std::next(sizes.begin()), sizes.lower_bound(bank_bytes),
                              [](const auto& a, const auto& b) { return a->first < b->first; });
  const auto below = std::prev(above);
  const auto share = std::log(static_cast<double>(bank_bytes) / static_cast<double>(below->first)) /
                     std::log(static_cast<double>(above->first) / static_cast<double>(below->first));
  const Sram &low = below->second, &high = above->second;
  return {between(low.read_pj_per_bit, high.read_pj_per_bit, share),
          between(low.write_pj_per_bit, high.write_pj_per_bit, share),
          static_cast<double>(banks) * between(low.leakage_mw, high.leakage_mw, share),
          static_cast<double>(banks) * between(low.area_mm2, high.area_mm2, share)};
}

}  // namespace adagrain
