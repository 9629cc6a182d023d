#include "framework/hardware/compatibility/sparseloop.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

LayerDescription layer(Operation operation, Shape weight_shape, std::int64_t groups, std::int64_t height,
                       std::int64_t width) {
  LayerDescription description;
  description.name = "odd: \"name\"\n#";
  description.operation = operation;
  description.weight_shape = std::move(weight_shape);
  description.groups = groups;
  description.output_height = height;
  description.output_width = width;
  return description;
}

const std::vector<SparseloopLayer> kLayers{
    {layer(Operation::conv2d, {8, 6, 3, 5}, 1, 10, 12), 0.25, 0.5},
    {layer(Operation::depthwise_conv2d, {16, 1, 3, 3}, 16, 7, 7), 0.5, 1},
    {layer(Operation::linear, {10, 84}, 1, 49, 1), 0.1, 1}};

// The published densities are rounded; the products say which one was run.
TEST(Sparseloop, EveryFormatRowIsMet) {
  const auto rows = read_reference_table(hardware_test_data("sparseloop_formats.csv"));
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) {
    const double n = reference_number(row, "n");
    const double density = std::sqrt(reference_number(row, "actual_computes") / (n * n * n));
    const SparseFormat format =
        row.at("format") == "bitmask" ? SparseFormat::bitmask : SparseFormat::coordinate_list;
    const double cycles = sparse_format_cycles(static_cast<std::uint64_t>(n), density, format);
    EXPECT_NEAR(cycles / reference_number(row, "cycles"), 1, 0.002)
        << row.at("format") << ' ' << row.at("density");
  }
}

TEST(Sparseloop, DensityOnlyCyclesAreProductsOverLanes) {
  const MatrixProblem problem{100, 50, 20, 2};
  EXPECT_EQ(density_only_cycles(problem, 1, 1, {4, 5}), 10000u);
  EXPECT_EQ(density_only_cycles(problem, 0.5, 0.25, {4, 5}), 1250u);
  EXPECT_EQ(density_only_cycles(problem, 0, 1, {4, 5}), 0u);
  EXPECT_THROW(density_only_cycles(problem, 1.5, 1, {4, 5}), ConfigError);
}

TEST(Sparseloop, ProblemsHoldEveryMultiplicationAndTheDensities) {
  const auto files = sparseloop_files({.array = {4, 8}}, kLayers);
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const YAML::Node instance =
        YAML::Load(files.at(fmt::format("problem_{:03}.yaml", i)))["problem"]["instance"];
    std::uint64_t macs = 1;
    for (const char* dimension : {"G", "C", "M", "R", "S", "P", "Q"}) {
      macs *= instance[dimension].as<std::uint64_t>();
    }
    EXPECT_EQ(macs, matrix_problem(kLayers[i].description).macs());
    EXPECT_DOUBLE_EQ(instance["densities"]["Weights"]["density"].as<double>(), kLayers[i].weight_density);
    EXPECT_DOUBLE_EQ(instance["densities"]["Inputs"]["density"].as<double>(), kLayers[i].input_density);
  }
}

TEST(Sparseloop, EveryFileIsYamlThatNamesTheSameMemories) {
  const auto files = sparseloop_files({.array = {4, 8}, .technology = "45: nm"}, kLayers);
  const std::string& architecture = files.at("architecture.yaml");
  EXPECT_NE(architecture.find("PE[0..31]"), std::string::npos);
  for (const auto& [name, text] : files) EXPECT_NO_THROW(YAML::Load(text)) << name;
  for (const auto& target :
       YAML::Load(files.at("sparse_optimizations.yaml"))["sparse_optimizations"]["targets"]) {
    EXPECT_NE(architecture.find("name: " + target["name"].as<std::string>()), std::string::npos);
  }
}

TEST(Sparseloop, TheFilesAreWrittenIntoANewFolder) {
  const TemporaryFolder folder;
  write_sparseloop(folder / "new", {.array = {4, 8}}, kLayers);
  for (const auto& [name, text] : sparseloop_files({.array = {4, 8}}, kLayers)) {
    EXPECT_EQ(std::filesystem::file_size(folder.path() / "new" / name), text.size());
  }
  EXPECT_THROW(write_sparseloop(folder.path() / "new" / "mapper.yaml", {.array = {4, 8}}, kLayers),
               DataError);
}

TEST(Sparseloop, MistakesNameWhatIsAllowed) {
  EXPECT_THROW(sparseloop_files({.array = {0, 8}}, {}), ConfigError);
  auto layers = kLayers;
  layers[0].weight_density = -1;
  EXPECT_THROW(sparseloop_files({.array = {4, 8}}, layers), ConfigError);
}

}  // namespace
}  // namespace adagrain
