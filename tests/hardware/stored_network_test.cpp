// What the accelerator is charged with is what the container holds.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/core/error.h"
#include "framework/hardware/hardware_model.h"

namespace adagrain {
namespace {

constexpr std::int64_t kInputs = 300, kOutputs = 100;
constexpr std::uint64_t kActivationBytes = kInputs + kOutputs;  // 8 bits each in array_32x32

Checkpoint checkpoint() {
  Tensor weight{"fc.weight", {kOutputs, kInputs}, std::vector<float>(kInputs * kOutputs)};
  for (std::size_t i = 0; i < weight.values.size(); ++i) {
    weight.values[i] = static_cast<float>(static_cast<int>(i * 7919 % 201) - 100) / 1000.0f;
  }
  return {weight, {"fc.bias", {kOutputs}, std::vector<float>(kOutputs, 0.5f)}};
}

std::vector<LayerDescription> layers() {
  LayerDescription layer;
  layer.name = "fc";
  layer.weight_name = "fc.weight";
  layer.weight_shape = {kOutputs, kInputs};
  return {layer};
}

GrainReader stored(const Plan& plan) {
  return GrainReader::parse(encode_grain(checkpoint(), plan), "test");
}

TEST(StoredNetwork, TrafficAndMetadataAreThePayloads) {
  Plan plan;
  plan.layers["fc.weight"] = parse_candidate("feature_map/quantize+ans bits=4");
  const GrainReader reader = stored(plan);
  const GrainEntry& entry = reader.entries().front();
  ASSERT_EQ(entry.name, "fc.weight");
  const auto model = load_hardware_preset("array_32x32");
  const HardwareCost cost = model->cost(reader, layers());
  const PayloadParts parts = reader.decode_layer(entry).info.parts;
  EXPECT_EQ(cost.off_chip_bytes(), entry.payload_bytes + kActivationBytes);
  EXPECT_EQ(cost.metadata_bytes(), parts.side_bytes + parts.table_bytes);
  EXPECT_GT(cost.metadata_bytes(), 0u);
  const HardwareCost dense = model->dense_cost(layers());
  EXPECT_LT(cost.cycles(), dense.cycles());
  EXPECT_LT(cost.energy_pj(), dense.energy_pj());
}

// Both runs differ in bytes and in decoding alone. Constants of array_32x32: 8 pJ a DRAM bit in bursts of 32
// bytes, 0.0334 mW of leakage at 400 MHz, 3.229 pJ a table look-up.
TEST(StoredNetwork, EntropyCodedSymbolsCostTableLookUpsThatFixedWidthCodesDoNot) {
  Plan packed, coded;
  packed.layers["fc.weight"] = parse_candidate("layer/quantize bits=8");
  coded.layers["fc.weight"] = parse_candidate("layer/quantize+ans bits=8");
  const GrainReader plain = stored(packed), entropy = stored(coded);
  const auto model = load_hardware_preset("array_32x32");
  const HardwareCost plain_cost = model->cost(plain, layers());
  const HardwareCost entropy_cost = model->cost(entropy, layers());
  const auto transfer_pj = [](const GrainReader& reader) {
    return static_cast<double>((reader.entries().front().payload_bytes + 31) / 32 * 32 * 8) * 8.0;
  };
  const auto leakage_pj = [](const HardwareCost& cost) {
    return 0.0334 * static_cast<double>(cost.cycles()) / 400.0 * 1e3;
  };
  EXPECT_NEAR(
      entropy_cost.energy_pj() - transfer_pj(entropy) - leakage_pj(entropy_cost),
      plain_cost.energy_pj() - transfer_pj(plain) - leakage_pj(plain_cost) + kInputs * kOutputs * 3.229,
      1e-3);
}

TEST(StoredNetwork, AFloat32TensorCostsWhatTheDenseBaselineCosts) {
  Plan plan;
  plan.small_tensors = SmallTensorRule::float32;
  const auto model = load_hardware_preset("array_32x32");
  const HardwareCost cost = model->cost(stored(plan), layers());
  const HardwareCost dense = model->dense_cost(layers());
  EXPECT_EQ(cost.off_chip_bytes(), 4u * kInputs * kOutputs + kActivationBytes);
  EXPECT_EQ(cost.off_chip_bytes(), dense.off_chip_bytes());
  EXPECT_EQ(cost.cycles(), dense.cycles());
  EXPECT_EQ(cost.energy_pj(), dense.energy_pj());
}

TEST(StoredNetwork, AContainerOfAnotherNetworkIsRefused) {
  const auto model = load_hardware_preset("array_32x32");
  const GrainReader reader = stored({});
  auto wanted = layers();
  wanted[0].weight_name = "conv.weight";
  EXPECT_THROW(model->cost(reader, wanted), DataError);
  wanted = layers();
  wanted[0].weight_shape = {kInputs, kOutputs};
  EXPECT_THROW(model->cost(reader, wanted), DataError);
}

}  // namespace
}  // namespace adagrain
