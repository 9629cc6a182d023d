// Dense cycles and on-chip accesses of one layer on a systolic array, in closed form.
//
// A layer is `groups` independent products of [E x Kd] by [Kd x K]: E output pixels, Kd = R * S * C inputs of
// one output (C channels of a group), K output channels of a group. A Linear is a 1x1 convolution, a
// depthwise convolution has as many groups as channels. One operand pair spans the array, the rest streams:
//
//   dataflow               rows S_R   columns S_C   streamed T   cycles per fold
//   output stationary os   E          K             Kd           T + rows + columns - 2
//   weight stationary ws   Kd         K             E            T + 2 rows + columns - 2
//   input stationary  is   Kd         E             K            T + 2 rows + columns - 2
//
//   folds = ceil(S_R / rows) * ceil(S_C / columns) per group;   cycles = groups * folds * cycles per fold
//
// Source: the analytical model of SCALE-Sim v3 as shipped, which prints the index of the last cycle, one
// less. The paper (Samajdar et al., ISPASS 2020) states 2 S_R + S_C + T - 2 for all three; the code does not.
#pragma once

#include <cstdint>
#include <string>

#include "framework/core/tensor.h"

namespace adagrain {

enum class Dataflow { output_stationary, weight_stationary, input_stationary };

// "os", "ws" or "is"; throws ConfigError that lists them.
Dataflow parse_dataflow(const std::string& word);

struct ArrayShape {
  std::uint64_t rows = 0, columns = 0;
};

// One group of a layer as a product of matrices.
struct MatrixProblem {
  std::uint64_t output_pixels = 0;      // E
  std::uint64_t inputs_per_output = 0;  // Kd
  std::uint64_t output_channels = 0;    // K
  std::uint64_t groups = 1;

  std::uint64_t macs() const { return groups * output_pixels * inputs_per_output * output_channels; }
};

// Throws InternalError when the description contradicts itself.
MatrixProblem matrix_problem(const LayerDescription& layer);

// Cycles and values moved between the array and its buffer, all groups together.
struct SystolicCount {
  std::uint64_t cycles = 0;
  std::uint64_t row_folds = 0, column_folds = 0;  // of one group
  std::uint64_t input_reads = 0;
  std::uint64_t weight_reads = 0;
  std::uint64_t output_writes = 0;  // partial sums included
  // Partial sums of earlier row folds, read back to be added to. SCALE-Sim counts no such reads.
  std::uint64_t partial_sum_reads = 0;
};

SystolicCount count_systolic(const MatrixProblem& problem, ArrayShape array, Dataflow dataflow);

}  // namespace adagrain
