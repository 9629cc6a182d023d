#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/hardware/hardware_model.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

// Powers of two throughout, so that the expected energies below are exact: 4 bytes per cycle, bursts of 32.
constexpr const char* kPreset = R"(
array: {rows: 2, columns: 2}
dataflow: ws
activation_bits: 8
partial_sum_bits: 16
clock: {value: 100, unit: MHz, source: test}
dram_bandwidth: {value: 400, unit: MB/s, source: test}
dram_burst: {value: 32, unit: B, source: test}
dram: {value: 8, unit: pJ/bit, source: test}
mac: {value: 0.5, unit: pJ, source: test}
sram_read: {value: 0.25, unit: pJ/bit, source: test}
sram_write: {value: 0.5, unit: pJ/bit, source: test}
sram_leakage: {value: 0, unit: mW, source: test}
decode_symbol: {value: 4, unit: pJ, source: test}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kPreset;
  return text.replace(text.find(from), from.size(), to);
}

std::unique_ptr<HardwareModel> configured(const std::string& text, const std::string& variant = {}) {
  auto model = Registry<HardwareModel>::create("systolic_array");
  const Config config = Config::parse(text, "test.yaml");
  model->configure("test", variant, config);
  config.finish();
  return model;
}

LayerDescription linear(std::int64_t inputs, std::int64_t outputs) {
  LayerDescription layer;
  layer.name = "fc";
  layer.weight_name = "fc.weight";
  layer.weight_shape = {outputs, inputs};
  return layer;
}

void expect_config_error(const std::string& preset, const std::string& reason) {
  try {
    configured(preset);
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

// Weights 5 x 3 x 4 B = 60 B in 2 bursts, 5 B and 3 B in one each: 128 B at 4 B a cycle are 32 cycles. The
// array takes 30 (see the mapping's test).
TEST(SystolicArray, TrafficIsRoundedUpToBurstsAndBoundsTheLayer) {
  const auto cost = configured(kPreset)->dense_cost({linear(5, 3)});
  ASSERT_EQ(cost.layers.size(), 1u);
  EXPECT_EQ(cost.layers[0].bound, "dram");
  EXPECT_EQ(cost.cycles(), 32u);
  EXPECT_EQ(cost.off_chip_bytes(), 68u);
  EXPECT_EQ(cost.metadata_bytes(), 0u);
}

TEST(SystolicArray, FasterMemoryLeavesTheArrayAsTheBound) {
  const auto cost = configured(with("value: 400", "value: 800"))->dense_cost({linear(5, 3)});
  EXPECT_EQ(cost.layers[0].bound, "compute");
  EXPECT_EQ(cost.cycles(), 30u);
}

// 15 MACs * 0.5 = 7.5. Read: inputs 5 * 2 folds, weights 15, outputs 3 at 8 bits, 6 partial sums at 16: 320
// bits * 0.25 = 80. Written: 5 + 15 at 8 bits, 9 outputs at 16: 304 bits * 0.5 = 152. DRAM: 128 B * 8 * 8 =
// 8192.
TEST(SystolicArray, EnergyIsCountsTimesConstants) {
  const auto cost = configured(kPreset)->dense_cost({linear(5, 3)});
  EXPECT_DOUBLE_EQ(cost.energy_pj(), 7.5 + 80 + 152 + 8192);
}

// 32 cycles at 100 MHz are 0.32 us; 2 mW over them are 640 pJ.
TEST(SystolicArray, LeakageGrowsWithTime) {
  const auto quiet = configured(kPreset)->dense_cost({linear(5, 3)});
  const auto leaky =
      configured(with("sram_leakage: {value: 0", "sram_leakage: {value: 2"))->dense_cost({linear(5, 3)});
  EXPECT_NEAR(leaky.energy_pj() - quiet.energy_pj(), 640, 1e-9);
}

TEST(SystolicArray, TotalsAreSumsOverLayersInOrder) {
  const auto cost = configured(kPreset)->dense_cost({linear(5, 3), linear(64, 64)});
  ASSERT_EQ(cost.layers.size(), 2u);
  EXPECT_EQ(cost.cycles(), cost.layers[0].cycles + cost.layers[1].cycles);
  EXPECT_DOUBLE_EQ(cost.energy_pj(), cost.layers[0].energy_pj + cost.layers[1].energy_pj);
}

// Two groups of 3 -> 2 channels, 2x2 kernels on 4x4 inputs: all 6 x 16 inputs cross the bus, 4 x 9 outputs
// and 24 weights, though a group's product sees three channels of them.
TEST(SystolicArray, AGroupedConvolutionMovesTheInputsOfAllItsGroups) {
  LayerDescription layer;
  layer.name = "grouped";
  layer.weight_name = "grouped.weight";
  layer.operation = Operation::conv2d;
  layer.weight_shape = {4, 3, 2, 2};
  layer.groups = 2;
  layer.input_height = layer.input_width = 4;
  layer.output_height = layer.output_width = 3;
  const auto cost = configured(with("value: 400", "value: 4000"))->dense_cost({layer});
  EXPECT_EQ(cost.off_chip_bytes(), 48u * 4 + 96 + 36);
  // ws: 12 rows in 6 folds, 2 columns in one; a fold streams 9 pixels: 9 + 4 + 2 - 2 = 13 cycles.
  EXPECT_EQ(cost.cycles(), 2u * 6 * 13);
  // 2 * 9 * 12 * 2 MACs. Read: inputs 2 * 108 * 1, weights 48, outputs 36 at 8 bits, 36 * 5 partial sums
  // at 16. Written: 96 + 48 at 8 bits, 36 * 6 at 16. DRAM: 192 + 96 + 64 B in bursts.
  EXPECT_DOUBLE_EQ(cost.energy_pj(), 432 * 0.5 + ((216 + 48 + 36) * 8 + 180 * 16) * 0.25 +
                                         ((96 + 48) * 8 + 216 * 16) * 0.5 + 352 * 8 * 8);
}

TEST(SystolicArray, AVariantOverridesTheDataflow) {
  const auto fast = with("value: 400", "value: 4000");
  EXPECT_EQ(configured(fast, "os")->dense_cost({linear(5, 3)}).cycles(), 14u);
  EXPECT_EQ(configured(fast, "is")->dense_cost({linear(5, 3)}).cycles(), 21u);
  EXPECT_THROW(configured(fast, "rs"), ConfigError);
}

TEST(SystolicArray, AConstantWithoutUnitOrSourceIsRefused) {
  expect_config_error(with("unit: MHz, source: test", "unit: MHz"), "clock.source: is missing");
  expect_config_error(with("unit: MHz, source: test", "unit: MHz, source: ''"),
                      "say where the value is from");
  expect_config_error(with("unit: pJ/bit", "unit: nJ/bit"), "dram.unit: is 'nJ/bit'; allowed: pJ/bit");
  expect_config_error(with("rows: 2", "rows: 0"), "array.rows: is 0; allowed 1..4096");
  expect_config_error(with("array:", "colour: red\narray:"), "unknown key 'colour'");
}

TEST(HardwarePresets, AnUnknownPresetListsTheKnownOnes) {
  try {
    load_hardware_preset("tpu9");
    FAIL();
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("unknown hardware preset 'tpu9'; known: "), 0u) << text;
    for (const std::string& preset : hardware_presets()) EXPECT_NE(text.find(preset), std::string::npos);
  }
}

TEST(HardwarePresets, EachLoadsInEveryDataflowAndPricesALayer) {
  ASSERT_FALSE(hardware_presets().empty());
  for (const std::string& preset : hardware_presets()) {
    for (const char* variant : {"", ":os", ":ws", ":is"}) {
      const auto cost = load_hardware_preset(preset + variant)->dense_cost({linear(300, 100)});
      EXPECT_EQ(cost.preset, preset + variant);
      EXPECT_GT(cost.cycles(), 0u);
      EXPECT_GT(cost.energy_pj(), 0.0);
      EXPECT_EQ(cost.off_chip_bytes() / 1000, 120u);
    }
    EXPECT_NE(hardware_preset_text(preset).find("source:"), std::string::npos);
  }
}

// A preset of one's own is one file, wherever it lies.
TEST(HardwarePresets, AFileOfOnesOwnIsAPreset) {
  const TemporaryFolder folder;
  const std::string name = (folder / "mine.yaml").string(),
                    text = std::string("model: systolic_array") + kPreset;
  std::ofstream(name) << text;
  const HardwareCost cost = load_hardware_preset(name)->dense_cost({linear(5, 3)});
  EXPECT_EQ(cost.preset, name);
  EXPECT_EQ(cost.cycles(), configured(kPreset)->dense_cost({linear(5, 3)}).cycles());
  EXPECT_EQ(hardware_preset_text(name), text);
  const std::string variant = name + ":os";
  EXPECT_EQ(load_hardware_preset(variant)->dense_cost({linear(50, 30)}).cycles(),
            configured(kPreset, "os")->dense_cost({linear(50, 30)}).cycles());
  EXPECT_EQ(hardware_preset_text(variant), text);
}

TEST(HardwarePresets, AFileThatCannotServeIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(load_hardware_preset((folder / "none.yaml").string()), ConfigError);
  const std::string name = (folder / "mine.yaml").string();
  std::ofstream(name) << "model: abacus\n";
  EXPECT_THROW(load_hardware_preset(name), ConfigError);
  EXPECT_THROW(load_hardware_preset(name + ":rs"), ConfigError);
  EXPECT_THROW(load_hardware_preset(std::string(60, 'x') + ".yaml"), ConfigError) << "too long for a table";
}

}  // namespace
}  // namespace adagrain
