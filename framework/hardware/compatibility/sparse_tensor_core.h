// Tensor cores that use sparsity: structured in the weights, or unstructured in both operands.
//
// Structured (Sparseloop's models, MICRO 2022): 1024 multipliers, weights with 2 non-zeros in blocks of H. A
// product needs the H / 2 inputs its weight chooses from, the weight's place in the block, and the bandwidth
// is what a 2:4 core takes, 16 + 2 + 3 bits a product:
//   dense            cycles = M * K * N / 1024
//   two_of_four      half of it when H >= 4
//   flexible         dense cycles * d * max(1, (8 H / 2 + place + 3) / 21)
//   dual_compressed  the same with (8 * input density + 1) bits an input instead of 8: non-zeros and a
//   bitmask d = weights stored / all, place = ceil(log2 H) bits as coordinates, ceil(log2(H - 2)) as runs.
// The formulas were found from the published table, which they meet on all rows of these designs; the 3 bits
// are the share of a weight's own bits, fitted. M: rows of inputs, K: inner, N: output channels.
//
// Dual-side (Wang et al., ISCA 2021): an outer product of 32 A values by 32 B values takes, once both are
// condensed,
//   ceil(nnz(A) / 8) * ceil(nnz(B) / 16)   steps of 8 x 16 multipliers, of 8 when dense.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace adagrain {

enum class StructuredDesign { dense, two_of_four, flexible, flexible_runs, dual_compressed };

struct StructuredProblem {
  std::uint64_t m = 0, k = 0, n = 0;
  std::uint64_t block = 2;    // H, of which 2 are stored; 2 is dense
  double stored_weights = 1;  // d: 2 / H when K holds whole blocks, more when the last block is cut
  double input_density = 1;
};

// Rounded up.
std::uint64_t structured_cycles(const StructuredProblem& problem, StructuredDesign design);

// The words of StructuredDesign: "dense", "two_of_four" and so on; throws ConfigError that lists them.
StructuredDesign parse_structured_design(const std::string& word);

// Bit i of a[s] is set where value i of the column of A is non-zero, b likewise. Throws InternalError unless
// both have the same length.
std::uint64_t dual_side_steps(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

// The same for drawn masks, as a share of the dense steps. Throws ConfigError for densities outside 0 to 1.
double dual_side_share(double a_density, double b_density, std::uint64_t seed);

}  // namespace adagrain
