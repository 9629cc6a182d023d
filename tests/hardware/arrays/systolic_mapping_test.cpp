#include "framework/hardware/arrays/systolic_mapping.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"

namespace adagrain {
namespace {

LayerDescription convolution(std::int64_t size, std::int64_t kernel, std::int64_t in, std::int64_t out,
                             std::int64_t stride, std::int64_t groups = 1) {
  LayerDescription layer;
  layer.name = "conv";
  layer.weight_name = "conv.weight";
  layer.operation = groups > 1 && groups == in ? Operation::depthwise_conv2d : Operation::conv2d;
  layer.weight_shape = {out, in / groups, kernel, kernel};
  layer.groups = groups;
  layer.stride = stride;
  layer.input_height = layer.input_width = size;
  layer.output_height = layer.output_width = (size - kernel + stride) / stride;
  return layer;
}

// SCALE-Sim rounds the number of output pixels up: ceil((H - R + s) / s).
LayerDescription alexnet(const std::string& name) {
  static const std::map<std::string, LayerDescription> layers = [] {
    std::map<std::string, LayerDescription> all{{"Conv1", convolution(224, 11, 3, 96, 4)},
                                                {"Conv2", convolution(27, 5, 96, 256, 1)},
                                                {"Conv3", convolution(13, 3, 256, 384, 1)},
                                                {"Conv4", convolution(13, 3, 384, 384, 1)},
                                                {"Conv5", convolution(13, 3, 384, 256, 1)}};
    all.at("Conv1").output_height = all.at("Conv1").output_width = 55;
    return all;
  }();
  return layers.at(name);
}

TEST(SystolicMapping, EveryScaleSimRowOfAlexnetMatches) {
  const auto rows = read_reference_table(hardware_test_data("scalesim_alexnet.csv"));
  ASSERT_EQ(rows.size(), 30u);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.at("layer") + " " + row.at("array") + " " + row.at("dataflow"));
    const auto number = [&](const char* column) { return std::stoull(row.at(column)); };
    const ArrayShape array = row.at("array") == "32x32" ? ArrayShape{32, 32} : ArrayShape{12, 14};
    const Dataflow dataflow = parse_dataflow(row.at("dataflow"));
    const MatrixProblem problem = matrix_problem(alexnet(row.at("layer")));
    const SystolicCount count = count_systolic(problem, array, dataflow);
    // SCALE-Sim prints the index of the last cycle.
    EXPECT_EQ(count.cycles - 1, number("cycles_report"));
    EXPECT_EQ(count.row_folds, number("row_folds"));
    EXPECT_EQ(count.column_folds, number("col_folds"));
    EXPECT_EQ(count.input_reads, number("ifmap_sram_reads"));
    EXPECT_EQ(count.weight_reads, number("filter_sram_reads"));
    // With stationary outputs SCALE-Sim adds one edge of the array per fold to the writes.
    const bool os = dataflow == Dataflow::output_stationary;
    const auto edges = os ? count.row_folds * count.column_folds * (array.rows + array.columns) : 0;
    EXPECT_EQ(count.output_writes + edges, number("ofmap_sram_writes"));
    EXPECT_EQ(problem.macs(), number("MACs"));
  }
}

// By hand: 5 inputs, 3 outputs, one pixel on a 2 x 2 array.
TEST(SystolicMapping, ALinearLayerIsAnOneByOneConvolution) {
  LayerDescription layer;
  layer.name = "fc";
  layer.weight_shape = {3, 5};
  const MatrixProblem problem = matrix_problem(layer);
  EXPECT_EQ(problem.macs(), 15u);
  // ws: rows hold 5 inputs in 3 folds, columns 3 outputs in 2; a fold streams 1 pixel: 1 + 4 + 2 - 2 = 5.
  const auto ws = count_systolic(problem, {2, 2}, Dataflow::weight_stationary);
  EXPECT_EQ(ws.cycles, 3u * 2 * 5);
  EXPECT_EQ(ws.weight_reads, 15u);
  EXPECT_EQ(ws.output_writes, 9u);
  EXPECT_EQ(ws.partial_sum_reads, 6u);
  // os: 1 pixel in 1 fold, 3 outputs in 2; a fold streams 5 products: 5 + 2 + 2 - 2 = 7.
  const auto os = count_systolic(problem, {2, 2}, Dataflow::output_stationary);
  EXPECT_EQ(os.cycles, 2u * 7);
  EXPECT_EQ(os.input_reads, 10u);
  EXPECT_EQ(os.partial_sum_reads, 0u);
  // is: 5 inputs in 3 folds, 1 pixel in 1; a fold streams 3 outputs: 3 + 4 + 2 - 2 = 7.
  EXPECT_EQ(count_systolic(problem, {2, 2}, Dataflow::input_stationary).cycles, 3u * 7);
}

TEST(SystolicMapping, ALinearOverASequenceHasOnePixelPerToken) {
  LayerDescription layer;
  layer.weight_shape = {3, 5};
  layer.output_height = 49;
  EXPECT_EQ(matrix_problem(layer).output_pixels, 49u);
  EXPECT_EQ(matrix_problem(layer).macs(), 49u * 15);
}

TEST(SystolicMapping, GroupsAreSeparateProblems) {
  const auto one = matrix_problem(convolution(8, 3, 4, 6, 1));
  const auto grouped = matrix_problem(convolution(8, 3, 8, 12, 1, 2));
  EXPECT_EQ(grouped.groups, 2u);
  for (const char* word : {"os", "ws", "is"}) {
    const auto single = count_systolic(one, {4, 4}, parse_dataflow(word));
    const auto both = count_systolic(grouped, {4, 4}, parse_dataflow(word));
    EXPECT_EQ(both.cycles, 2 * single.cycles);
    EXPECT_EQ(both.weight_reads, 2 * single.weight_reads);
  }
}

// A depthwise 3x3 on 16 channels, 6x6 outputs, 12 x 14 array, ws: per channel 9 rows fit in one fold and one
// column is used; 36 + 24 + 14 - 2 = 72 cycles.
TEST(SystolicMapping, ADepthwiseChannelTakesTheArrayForItself) {
  const auto problem = matrix_problem(convolution(8, 3, 16, 16, 1, 16));
  EXPECT_EQ(problem.macs(), 16u * 36 * 9);
  EXPECT_EQ(count_systolic(problem, {12, 14}, Dataflow::weight_stationary).cycles, 16u * 72);
}

TEST(SystolicMapping, AnEmptyLayerTakesNoTime) {
  LayerDescription layer;
  layer.weight_shape = {0, 5};
  EXPECT_EQ(count_systolic(matrix_problem(layer), {4, 4}, Dataflow::weight_stationary).cycles, 0u);
}

TEST(SystolicMapping, ADescriptionThatContradictsItselfIsOurBug) {
  LayerDescription layer;
  layer.weight_shape = {4, 5, 1, 1};
  EXPECT_THROW(matrix_problem(layer), InternalError);
  EXPECT_THROW(matrix_problem(convolution(8, 3, 4, 5, 1, 2)), InternalError);
}

TEST(SystolicMapping, AnUnknownDataflowListsTheKnownOnes) {
  try {
    parse_dataflow("rs");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "dataflow is 'rs'; allowed: os, ws, is");
  }
}

}  // namespace
}  // namespace adagrain
