// The units in Verilog against their models in C++: adagrain rtl check.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "framework/core/error.h"
#include "framework/core/project_root.h"
#include "tests/hardware/rtl/unit_check.h"

double sc_time_stamp() {  // Verilator asks for the time of the simulation; nothing here depends on it
  return 0;
}

namespace {

using namespace adagrain;

int check(bool every) {
  const auto layers = rtl::golden_layers(project_root() / "datasets" / "zoo", every);
  std::vector<rtl::UnitCheck> all;
  for (rtl::CheckUnit* unit :
       {rtl::check_static_lane, rtl::check_interleaved, rtl::check_unpacker, rtl::check_dequantizers,
        rtl::check_scatter, rtl::check_profiling, rtl::check_metadata}) {
    const auto checks = unit(layers);
    all.insert(all.end(), checks.begin(), checks.end());
  }
  fmt::print("{}", rtl::table_of(all));
  const bool same = std::all_of(all.begin(), all.end(), [](const rtl::UnitCheck& one) {
    return one.differences.empty() && one.streams > 0;
  });
  fmt::print("{} layers: {}\n", layers.size(),
             same ? "symbols, values and cycles are identical" : "units and models differ");
  return same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bool every = argc == 2 && std::string_view(argv[1]) == "--every-layer";
    require<ConfigError>(argc == 1 || every, "rtl check: unknown argument '{}'; allowed: --every-layer",
                         argv[argc - 1]);
    return check(every);
  } catch (const ConfigError& error) {
    fmt::print(stderr, "adagrain: {}\n", error.what());
    return 2;
  } catch (const DataError& error) {
    fmt::print(stderr, "adagrain: {}\n", error.what());
    return 3;
  } catch (const std::exception& error) {
    fmt::print(stderr, "adagrain: {}\n", error.what());
    return 1;
  }
}
