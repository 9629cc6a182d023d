#include "framework/hardware/compatibility/eyeriss_chip.h"

#include <gtest/gtest.h>

#include <map>

#include "framework/hardware/reference_table.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kSeed = 1;

TEST(EyerissChip, DramTrafficOfEveryLayerIsWithinFifteenPercent) {
  std::map<std::string, double> published, total;
  for (const auto& row : read_reference_table(reference_file("eyeriss_chip.csv"))) {
    published[row.at("network") + ' ' + row.at("layer")] = reference_number(row, "dram_mb");
  }
  for (const EyerissLayer& layer : eyeriss_layers()) {
    const double coded = eyeriss_traffic(layer, kSeed).coded_mb;
    EXPECT_NEAR(coded / published.at(layer.network + ' ' + layer.name), 1, 0.15)
        << layer.network << ' ' << layer.name;
    total[layer.network] += coded;
  }
  ASSERT_EQ(total.size(), 2u);
  for (const auto& [network, mb] : total)
    EXPECT_NEAR(mb / published.at(network + " Total"), 1, 0.15) << network;
}

// Figure 9 of the JSSC paper: DRAM accesses of filters, inputs and outputs without and with the code.
TEST(EyerissChip, TheCodeSavesWhatIsPublishedForAlexnet) {
  const std::map<std::string, double> published{
      {"CONV1", 1.2}, {"CONV2", 1.4}, {"CONV3", 1.7}, {"CONV4", 1.9}, {"CONV5", 1.9}};
  std::size_t compared = 0;
  for (const EyerissLayer& layer : eyeriss_layers()) {
    if (layer.network != "alexnet_batch4") continue;
    EXPECT_NEAR(eyeriss_traffic(layer, kSeed).ratio(), published.at(layer.name), 0.1) << layer.name;
    ++compared;
  }
  EXPECT_EQ(compared, published.size());
}

}  // namespace
}  // namespace adagrain
