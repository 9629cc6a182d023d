#include "framework/hardware/arrays/systolic_mapping.h"

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

Dataflow parse_dataflow(const std::string& word) {
  if (word == "os") return Dataflow::output_stationary;
  if (word == "ws") return Dataflow::weight_stationary;
  require<ConfigError>(word == "is", "dataflow is '{}'; allowed: os, ws, is", word);
  return Dataflow::input_stationary;
}

MatrixProblem matrix_problem(const LayerDescription& layer) {
  const Shape& shape = layer.weight_shape;
  const std::size_t rank = layer.operation == Operation::linear ? 2 : 4;
  ensure(shape.size() == rank, "{}: a {} has a weight of rank {}; it is described with {}", layer.name,
         operation_name(layer.operation), rank, shape.size());
  ensure(layer.groups > 0 && shape[0] % layer.groups == 0, "{}: {} output channels in {} groups", layer.name,
         shape[0], layer.groups);
  const auto groups = static_cast<std::uint64_t>(layer.groups);
  const auto channels = static_cast<std::uint64_t>(shape[0]);
  return {
      .output_pixels = static_cast<std::uint64_t>(layer.output_height * layer.output_width),
      .inputs_per_output = channels == 0 ? 0 : static_cast<std::uint64_t>(layer.weight_count()) / channels,
      .output_channels = channels / groups,
      .groups = groups};
}

SystolicCount count_systolic(const MatrixProblem& problem, ArrayShape array, Dataflow dataflow) {
  const std::uint64_t pixels = problem.output_pixels;
  const std::uint64_t depth = problem.inputs_per_output;
  const std::uint64_t channels = problem.output_channels;
  if (problem.macs() == 0) return {};

  const bool output_stationary = dataflow == Dataflow::output_stationary;
  const bool input_stationary = dataflow == Dataflow::input_stationary;
  const std::uint64_t spread_rows = output_stationary ? pixels : depth;
  const std::uint64_t spread_columns = input_stationary ? pixels : channels;
  const std::uint64_t streamed = output_stationary ? depth : input_stationary ? channels : pixels;

  const std::uint64_t row_folds = divide_up(spread_rows, array.rows);
  const std::uint64_t column_folds = divide_up(spread_columns, array.columns);
  // Stationary operands are shifted in through the rows before anything streams; outputs stay from the start.
  const std::uint64_t fold_cycles = streamed + (output_stationary ? 1 : 2) * array.rows + array.columns - 2;

  const std::uint64_t inputs = pixels * depth;
  const std::uint64_t weights = depth * channels;
  const std::uint64_t outputs = pixels * channels;
  const std::uint64_t groups = problem.groups;
  // What streams along the rows is read again for each column fold, what streams down the columns of an
  // output-stationary array for each row fold; a stationary operand once.
  return {.cycles = groups * row_folds * column_folds * fold_cycles,
          .row_folds = row_folds,
          .column_folds = column_folds,
          .input_reads = groups * inputs * (input_stationary ? 1 : column_folds),
          .weight_reads = groups * weights *
                          (output_stationary  ? row_folds
                           : input_stationary ? column_folds
                                              : 1),
          .output_writes = groups * outputs * (output_stationary ? 1 : row_folds),
          .partial_sum_reads = groups * outputs * (output_stationary ? 0 : row_folds - 1)};
}

}  // namespace adagrain
