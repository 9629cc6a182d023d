// What an inference costs is what was executed: cycles from streams that are really decoded, bytes from the
// container.
#include "framework/hardware/simulate.h"

#include <gtest/gtest.h>

#include <chrono>

#include "framework/core/error.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

LayerDescription linear(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  LayerDescription layer = layer_of_shape(name, {outputs, inputs});
  layer.weight_name = name + ".weight";
  return layer;
}

LayerDescription convolution(const std::string& name, const Shape& shape, std::int64_t pixels,
                             std::int64_t groups = 1) {
  LayerDescription layer;
  layer.name = name;
  layer.weight_name = name + ".weight";
  layer.operation = groups == shape[0] ? Operation::depthwise_conv2d : Operation::conv2d;
  layer.weight_shape = shape;
  layer.groups = groups;
  layer.output_height = layer.output_width = pixels;
  layer.input_height = pixels + shape[2] - 1;
  layer.input_width = pixels + shape[3] - 1;
  layer.macs = element_count(shape) * pixels * pixels;
  return layer;
}

GrainReader stored(const std::vector<LayerDescription>& layers, const std::string& candidate) {
  Checkpoint checkpoint;
  Plan plan;
  std::map<std::string, LayerEvidence> evidence;
  for (const LayerDescription& layer : layers) {
    std::vector<float> weights = sample_weights(layer.weight_shape);
    // Neighbours of one scale, which the adaptive coder learns from.
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (i % 64 < 16) weights[i] *= 0.1F;
    checkpoint.push_back({layer.weight_name, layer.weight_shape, std::move(weights)});
    if (!candidate.empty()) plan.layers[layer.weight_name] = parse_candidate(candidate);
  }
  if (candidate.empty()) plan.small_tensors = SmallTensorRule::float32;
  return GrainReader::parse(encode_grain(checkpoint, plan), "test");
}

HardwareCost cost(const std::string& hardware, const std::vector<LayerDescription>& layers,
                  const std::string& candidate) {
  return simulate(load_accelerator(hardware), stored(layers, candidate), layers);
}

const std::vector<LayerDescription>& network() {
  static const std::vector<LayerDescription> layers = {
      convolution("first", {16, 3, 3, 3}, 14), convolution("depthwise", {32, 1, 3, 3}, 14, 32),
      convolution("pointwise", {64, 32, 1, 1}, 7), linear("fc", 300, 100)};
  return layers;
}

TEST(Simulation, EnergyIsTheSumOfItsComponents) {
  for (const std::string& preset : accelerator_presets()) {
    const HardwareCost total = cost(preset, network(), "feature_map/quantize+ans bits=4");
    for (const LayerCost& layer : total.layers) {
      EXPECT_EQ(layer.energy_pj, layer.energy.total()) << layer.layer;
      EXPECT_GT(layer.energy.dram_weights, 0) << layer.layer;
      EXPECT_GT(layer.energy.decode, 0) << layer.layer;
      EXPECT_GT(layer.cycles, 0u) << layer.layer;
      EXPECT_FALSE(layer.bound.empty());
      for (const double share : {layer.utilisation.array, layer.utilisation.decoders, layer.utilisation.dram,
                                 layer.utilisation.metadata_port}) {
        EXPECT_GE(share, 0) << layer.layer;
        EXPECT_LE(share, 1) << layer.layer;
      }
    }
    EXPECT_NEAR(total.energy().total(), total.energy_pj(), 1e-9 * total.energy_pj());
  }
}

TEST(Simulation, TrafficIsThePayloadAndTheActivations) {
  const std::vector<LayerDescription> layers = {linear("fc", 300, 100)};
  const GrainReader container = stored(layers, "feature_map/quantize+ans bits=4 coder=static");
  const HardwareCost total = simulate(load_accelerator("edge_npu"), container, layers);
  const PayloadInfo info = container.decode_layer(container.entries()[0]).info;
  EXPECT_EQ(total.off_chip_bytes(), container.entries()[0].payload_bytes + 300 + 100);
  // Metadata is all that is not coded data, tables too.
  EXPECT_EQ(total.metadata_bytes(), info.parts.total() - info.parts.data_bytes);
  EXPECT_GT(info.parts.table_bytes, 0u);
  EXPECT_EQ(total.layers[0].decoded_symbols, info.coded_symbols);
}

TEST(Simulation, AFloat32TensorCostsWhatTheDenseBaselineCosts) {
  const auto accelerator = load_accelerator("edge_npu");
  const HardwareCost total = simulate(accelerator, stored(network(), ""), network());
  const HardwareCost dense = simulate_dense(accelerator, network());
  EXPECT_EQ(total.cycles(), dense.cycles());
  EXPECT_EQ(total.energy_pj(), dense.energy_pj());
  EXPECT_EQ(total.off_chip_bytes(), dense.off_chip_bytes());
}

// The context-mixing coder's decisions wait for each other.
TEST(Simulation, TheAdaptiveCoderBindsAtItsDecisionsTimesTheirLatency) {
  const std::vector<LayerDescription> layers = {convolution("conv", {64, 16, 3, 3}, 1)};
  const char* candidate = "element/quantize+ans bits=4 coder=adaptive";
  const std::string fast_memory = "edge_npu:dram.memory=DDR4_8Gb_x8_3200";
  const HardwareCost total = cost(fast_memory, layers, candidate);
  const LayerCost& layer = total.layers[0];
  ASSERT_GT(layer.binary_decisions, layer.decoded_symbols);
  EXPECT_EQ(layer.bound, "adaptive decoder");
  EXPECT_GE(layer.cycles, 7 * layer.binary_decisions);
  const HardwareCost slow = cost(fast_memory + ",decode.decision_cycles=14", layers, candidate);
  EXPECT_GE(slow.cycles() - total.cycles(), 7 * layer.binary_decisions * 95 / 100);
}

// With all the bandwidth there is, decoding fewer weights at a time takes longer; with little, it hides.
TEST(Simulation, CyclesDifferBetweenSchemes) {
  const std::vector<LayerDescription> layers = {linear("fc", 512, 96)};
  std::set<std::uint64_t> cycles;
  for (const char* candidate : {"layer/quantize bits=4", "layer/quantize+ans bits=4 speed=0",
                                "layer/quantize+ans bits=4 speed=1", "layer/ans"})
    cycles.insert(cost("edge_npu", layers, candidate).cycles());
  EXPECT_EQ(cycles.size(), 4u);
}

TEST(Simulation, MoreBandwidthNeverTakesLonger) {
  const std::vector<LayerDescription> layers = {linear("fc", 512, 96),
                                                convolution("conv", {32, 16, 3, 3}, 8)};
  for (const char* candidate : {"layer/quantize bits=4", "feature_map/quantize+ans bits=4", "layer/ans"}) {
    std::uint64_t before = ~std::uint64_t{0};
    for (const char* clock : {"1600", "800", "400", "200"}) {  // a slower clock sees a faster DRAM
      const std::uint64_t cycles = cost(std::string("edge_npu:clock=") + clock, layers, candidate).cycles();
      EXPECT_LE(cycles, before) << candidate << " at " << clock << " MHz";
      before = cycles;
    }
  }
}

// Closed form of a layer that only DRAM binds: bursts of all that is moved at the bandwidth of one stream.
TEST(Simulation, ALayerOfLittleArithmeticTakesTheTimeOfItsTransfers) {
  const std::vector<LayerDescription> layers = {linear("fc", 1024, 256)};
  const HardwareCost dense = simulate_dense(load_accelerator("edge_npu"), layers);
  const double bytes = 4.0 * 1024 * 256 + 1024 + 256, bytes_a_cycle = 4.747e9 / 400e6;
  EXPECT_EQ(dense.layers[0].bound, "dram");
  // Afterwards the array has the last tile to do.
  const std::uint64_t last = 32 * (1 + 2 * 32 + 32 - 2);
  EXPECT_NEAR(static_cast<double>(dense.cycles() - last), bytes / bytes_a_cycle,
              0.02 * bytes / bytes_a_cycle);
}

// And of one that only the array binds: the closed form of its folds, after the first tile has arrived.
TEST(Simulation, ALayerOfMuchArithmeticTakesTheTimeOfItsFolds) {
  const std::vector<LayerDescription> layers = {convolution("conv", {64, 64, 3, 3}, 56)};
  for (const std::string dataflow : {"ws", "os"}) {
    const Accelerator accelerator = load_accelerator("edge_npu:" + dataflow);
    const std::uint64_t folds =
        count_systolic(matrix_problem(layers[0]), accelerator.array(), accelerator.dataflow).cycles;
    const HardwareCost total = simulate(accelerator, stored(layers, "layer/quantize bits=4"), layers);
    EXPECT_EQ(total.layers[0].bound, "array");
    EXPECT_GE(total.cycles(), folds);
    EXPECT_LE(static_cast<double>(total.cycles()), 1.3 * static_cast<double>(folds)) << dataflow;
  }
}

// Two groups of 3 -> 2 channels, 2x2 kernels on 4x4 inputs: all 6 x 16 inputs are fetched, 4 x 9 outputs and
// 48 weights, though a group's product sees three channels of them.
TEST(Simulation, AGroupedConvolutionMovesTheInputsOfAllItsGroups) {
  const LayerDescription layer = convolution("grouped", {4, 3, 2, 2}, 3, 2);
  const HardwareCost dense = simulate_dense(load_accelerator("edge_npu"), {layer});
  EXPECT_EQ(dense.off_chip_bytes(), 48u * 4 + 96 + 36);
}

TEST(Simulation, WeightsThatAreFetchedAgainAreDecodedAgain) {
  const std::vector<LayerDescription> layers = {convolution("conv", {64, 16, 3, 3}, 28)};
  const char* candidate = "layer/quantize+ans bits=4 speed=0";
  const HardwareCost once = cost("edge_npu", layers, candidate);
  const HardwareCost often = cost("edge_npu:buffers.activations=16384", layers, candidate);
  ASSERT_GT(often.layers[0].weight_passes, 1u);
  EXPECT_EQ(often.layers[0].decoded_symbols, once.layers[0].decoded_symbols * often.layers[0].weight_passes);
  EXPECT_GT(often.off_chip_bytes(), once.off_chip_bytes());
}

TEST(Simulation, BaselinesAreOrderedByTheirBytes) {
  const auto accelerator = load_accelerator("edge_npu");
  const GrainReader container =
      stored(network(), "element/prune+quantize+ans sparsity=0.5 saliency=0 bits=4");
  const CostBaselines baselines = simulate_baselines(accelerator, container, network());
  EXPECT_LT(baselines.ideal.off_chip_bytes(), baselines.bit_width.off_chip_bytes());
  EXPECT_LT(baselines.bit_width.off_chip_bytes(), baselines.dense.off_chip_bytes());
  EXPECT_LT(baselines.density.off_chip_bytes(), baselines.dense.off_chip_bytes());
  const HardwareCost total = simulate(accelerator, container, network());
  EXPECT_GE(total.cycles(), baselines.ideal.cycles());
  EXPECT_EQ(total.layers.size(), baselines.ideal.layers.size());
}

TEST(Simulation, AContainerOfAnotherNetworkIsRefused) {
  const std::vector<LayerDescription> layers = {linear("fc", 300, 100)};
  const GrainReader container = stored(layers, "layer/quantize bits=4");
  const auto accelerator = load_accelerator("edge_npu");
  auto wanted = layers;
  wanted[0].weight_name = "conv.weight";
  EXPECT_THROW(simulate(accelerator, container, wanted), DataError);
  wanted = layers;
  wanted[0].weight_shape = {300, 100};
  EXPECT_THROW(simulate(accelerator, container, wanted), DataError);
}

TEST(Simulation, AMappingThatDoesNotFitNamesTheNumbers) {
  const std::vector<LayerDescription> layers = {linear("fc", 300, 100)};
  try {
    cost("edge_npu:buffers.weights=64,array.rows=128", layers, "layer/quantize bits=4");
    FAIL();
  } catch (const ConfigError& error) {
    for (const char* part : {"layer 'fc'", "128 weights of 8 bits", "weight buffer (64 B)"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace adagrain
