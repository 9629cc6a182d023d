// Which costs the figure of simulated hardware shows.
#include <gtest/gtest.h>

#include "framework/core/registry.h"
#include "framework/report/figure.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"
#include "tests/report/append_rows.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

// One network under two policies, each trial with so many times the cycles of float32.
std::vector<Drawing> drawn(const std::vector<double>& cycles) {
  const TemporaryFolder folder;
  {
    Results file;
    file.add(empty_tables<RunRow>());
    file.add(empty_tables<ReferenceRow>());
    append(file, ReferenceRow{"net", "data", "edge", 4000, 1'000'000, 200, 3000});
    for (std::size_t policy = 0; policy < cycles.size(); ++policy) {
      append(file, RunRow{.run = "run" + std::to_string(policy),
                          .network = "net",
                          .dataset = "data",
                          .policy = "policy" + std::to_string(policy),
                          .max_drop_points = 0.5,
                          .hardware = "edge",
                          .within_budget = true,
                          .cycles = static_cast<std::int64_t>(cycles[policy] * 1e6),
                          .energy_pj = 50,
                          .off_chip_bytes = 600});
    }
    write_results(folder / "a.h5", file);
  }
  return Registry<Figure>::create("hardware")->draw(read_results(folder / "a.h5"));
}

TEST(HardwareFigure, CyclesAreShownWhereAnyPolicyChangesThem) {
  for (const double cycles : {0.3, 0.7, 0.99, 1.01, 1.3}) {
    const auto drawings = drawn({1, cycles});
    ASSERT_EQ(drawings.size(), 1U);
    EXPECT_NE(drawings[0].data.text().find("cycles / float32"), std::string::npos) << cycles;
    EXPECT_EQ(drawings[0].commands.find("cycles as with float32"), std::string::npos) << cycles;
  }
}

TEST(HardwareFigure, CyclesThatNothingChangesAreSaidInWords) {
  const auto drawings = drawn({1, 1});
  ASSERT_EQ(drawings.size(), 1U);
  EXPECT_EQ(drawings[0].data.text().find("cycles / float32"), std::string::npos);
  EXPECT_NE(drawings[0].commands.find("cycles as with float32"), std::string::npos);
}

// 50 of 200 pJ and 600 of 3,000 bytes.
TEST(HardwareFigure, CostsAreSharesOfTheFloat32Network) {
  const std::string text = drawn({0.5})[0].data.text();
  EXPECT_NE(text.find("cycles / float32,net,policy0,0,0.5,"), std::string::npos) << text;
  EXPECT_NE(text.find("energy / float32,net,policy0,0,0.25,"), std::string::npos) << text;
  EXPECT_NE(text.find("traffic / float32,net,policy0,0,0.2,"), std::string::npos) << text;
}

}  // namespace
}  // namespace adagrain
