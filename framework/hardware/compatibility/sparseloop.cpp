#include "framework/hardware/compatibility/sparseloop.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

constexpr double kBitsWithPlace = 11, kValueBits = 8;
constexpr std::uint64_t kBufferWidthBits = 64;

void check_density(const char* what, double density) {
  require<ConfigError>(density >= 0 && density <= 1, "{} density is {}; allowed: 0 to 1", what, density);
}

// In quotes, which YAML reads as JSON does.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string architecture_yaml(const SparseloopArchitecture& architecture) {
  const std::uint64_t lanes = architecture.array.rows * architecture.array.columns;
  const double words_per_cycle =
      architecture.dram_bytes_per_cycle * 8 / static_cast<double>(architecture.word_bits);
  return fmt::format(R"(architecture:
  version: 0.3
  subtree:
    - name: system
      attributes:
        technology: {technology}
      local:
        - name: DRAM
          class: DRAM
          attributes:
            width: {width}
            word-bits: {bits}
            read_bandwidth: {bandwidth}
            write_bandwidth: {bandwidth}
      subtree:
        - name: chip
          local:
            - name: Buffer
              class: SRAM
              attributes:
                memory_depth: {depth}
                memory_width: {width}
                word-bits: {bits}
          subtree:
            - name: PE[0..{last}]
              local:
                - name: Registers
                  class: regfile
                  attributes:
                    memory_depth: 3
                    memory_width: {bits}
                    word-bits: {bits}
                    meshX: {columns}
                - name: MAC
                  class: intmac
                  attributes:
                    datawidth: {bits}
                    meshX: {columns}
)",
                     fmt::arg("technology", quoted(architecture.technology)),
                     fmt::arg("width", kBufferWidthBits), fmt::arg("bits", architecture.word_bits),
                     fmt::arg("bandwidth", words_per_cycle),
                     fmt::arg("depth", divide_up(architecture.buffer_bytes * 8, kBufferWidthBits)),
                     fmt::arg("last", lanes - 1), fmt::arg("columns", architecture.array.columns));
}

const char* const kSparseOptimizations = R"(sparse_optimizations:
  targets:
    - name: DRAM
      representation-format:
        data-spaces:
          - name: Weights
            ranks:
              - format: B
    - name: Buffer
      representation-format:
        data-spaces:
          - name: Weights
            ranks:
              - format: B
      action-optimization:
        - type: skipping
          options:
            - target: Inputs
              condition-on: [Weights]
    - name: MAC
      compute-optimization:
        - type: skipping
)";

const char* const kMapper = R"(mapper:
  algorithm: random-pruned
  optimization-metrics: [delay, energy]
  timeout: 1000
  victory-condition: 1000
)";

std::string problem_yaml(const SparseloopLayer& layer) {
  const LayerDescription& description = layer.description;
  const Shape& shape = description.weight_shape;
  const bool linear = description.operation == Operation::linear;
  const MatrixProblem problem = matrix_problem(description);
  return fmt::format(
      R"(# {name}
problem:
  version: 0.3
  shape:
    name: grouped-convolution
    dimensions: [G, C, M, R, S, P, Q]
    coefficients:
      - name: stride
        default: 1
    data-spaces:
      - name: Weights
        projection: [[[G]], [[M]], [[C]], [[R]], [[S]]]
      - name: Inputs
        projection: [[[G]], [[C]], [[R], [P, stride]], [[S], [Q, stride]]]
      - name: Outputs
        projection: [[[G]], [[M]], [[P]], [[Q]]]
        read-write: True
  instance:
    G: {groups}
    C: {channels}
    M: {filters}
    R: {kernel_height}
    S: {kernel_width}
    P: {height}
    Q: {width}
    stride: {stride}
    densities:
      Weights:
        distribution: hypergeometric
        density: {weight_density}
      Inputs:
        distribution: hypergeometric
        density: {input_density}
)",
      fmt::arg("name", quoted(description.name)), fmt::arg("groups", problem.groups),
      fmt::arg("channels", shape[1]), fmt::arg("filters", problem.output_channels),
      fmt::arg("kernel_height", linear ? 1 : shape[2]), fmt::arg("kernel_width", linear ? 1 : shape[3]),
      fmt::arg("height", description.output_height), fmt::arg("width", description.output_width),
      fmt::arg("stride", description.stride), fmt::arg("weight_density", layer.weight_density),
      fmt::arg("input_density", layer.input_density));
}

}  // namespace

std::uint64_t density_only_cycles(const MatrixProblem& problem, double weight_density, double input_density,
                                  ArrayShape array) {
  check_density("weight", weight_density);
  check_density("input", input_density);
  ensure(array.rows > 0 && array.columns > 0, "an array of {} x {}", array.rows, array.columns);
  const double products = static_cast<double>(problem.macs()) * weight_density * input_density;
  return static_cast<std::uint64_t>(
      std::ceil(products / (static_cast<double>(array.rows) * static_cast<double>(array.columns))));
}

double sparse_format_cycles(std::uint64_t n, double density, SparseFormat format) {
  check_density("matrix", density);
  const double size = static_cast<double>(n);
  if (format == SparseFormat::bitmask) return (size + 1) * size * size;
  const double nonzeros = density * size * size;
  return kBitsWithPlace / kValueBits * std::max((size + 1) * nonzeros, 2 * nonzeros * density * size);
}

std::map<std::string, std::string> sparseloop_files(const SparseloopArchitecture& architecture,
                                                    const std::vector<SparseloopLayer>& layers) {
  require<ConfigError>(
      architecture.array.rows > 0 && architecture.array.columns > 0 && architecture.word_bits > 0,
      "an array of {} x {} lanes of {} bits; allowed: 1 or more of each", architecture.array.rows,
      architecture.array.columns, architecture.word_bits);
  std::map<std::string, std::string> files{{"architecture.yaml", architecture_yaml(architecture)},
                                           {"sparse_optimizations.yaml", kSparseOptimizations},
                                           {"mapper.yaml", kMapper}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    check_density("weight", layers[i].weight_density);
    check_density("input", layers[i].input_density);
    files[fmt::format("problem_{:03}.yaml", i)] = problem_yaml(layers[i]);
  }
  return files;
}

void write_sparseloop(const std::filesystem::path& folder, const SparseloopArchitecture& architecture,
                      const std::vector<SparseloopLayer>& layers) {
  const auto files = sparseloop_files(architecture, layers);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require<DataError>(!error, "{}: cannot make the folder: {}", folder.string(), error.message());
  for (const auto& [name, text] : files) write_file_atomically(folder / name, text);
}

}  // namespace adagrain
