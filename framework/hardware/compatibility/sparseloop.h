// What a statistical model of sparsity, which knows densities only, expects; and the same layers for
// Sparseloop (Wu et al., MICRO 2022) itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/core/tensor.h"
#include "framework/hardware/arrays/systolic_mapping.h"

namespace adagrain {

// Zeros spread evenly over all lanes, none waits for another:
//   ceil(MACs * weight density * input density / (rows * columns))
// Throws ConfigError for densities outside 0 to 1.
std::uint64_t density_only_cycles(const MatrixProblem& problem, double weight_density, double input_density,
                                  ArrayShape array);

// A product of n x n matrices of 8-bit values, both with the same density, in Sparseloop's example with one
// multiplier; found from the published table, which they meet within 0.2 % (energies are not remade):
//   bitmask           (n + 1) n^2: zeros are gated, not skipped
//   coordinate_list   11/8 max((n + 1) d n^2, 2 d^2 n^3): 3 bits of place with each 8-bit value
enum class SparseFormat { bitmask, coordinate_list };
double sparse_format_cycles(std::uint64_t n, double density, SparseFormat format);

struct SparseloopLayer {
  LayerDescription description;
  double weight_density = 1, input_density = 1;
};

struct SparseloopArchitecture {
  ArrayShape array;
  std::uint64_t word_bits = 8;
  std::uint64_t buffer_bytes = 131072;
  double dram_bytes_per_cycle = 16;
  std::string technology = "45nm";
};

// File name -> YAML: architecture.yaml, sparse_optimizations.yaml (weights as bitmasks, products of zero
// weights skipped), mapper.yaml and a problem_NNN.yaml for each layer with its densities, in the language of
// Timeloop 0.3. Throws ConfigError for densities outside 0 to 1 and architectures without lanes.
std::map<std::string, std::string> sparseloop_files(const SparseloopArchitecture& architecture,
                                                    const std::vector<SparseloopLayer>& layers);

// Writes them into a folder, which is made. Throws DataError.
void write_sparseloop(const std::filesystem::path& folder, const SparseloopArchitecture& architecture,
                      const std::vector<SparseloopLayer>& layers);

}  // namespace adagrain
