// Weights as networks have them, from a named stream, and every cell of granularity x scheme.
#pragma once

#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/random.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Bell-shaped around zero, by sums of uniforms: no math library, so the same bits everywhere. Rows differ in
// scale.
inline std::vector<float> sample_weights(const Shape& shape, std::uint64_t seed = 1) {
  RandomStream random(seed, "sample weights");
  const std::int64_t count = element_count(shape);
  const std::int64_t row_size = shape.size() < 2 || count == 0 ? 1 : count / shape[0];
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double sum = 0;
    for (int k = 0; k < 6; ++k) sum += random.uniform() - 0.5;
    const auto row = static_cast<std::int64_t>(i) / row_size;
    weights[i] = static_cast<float>(sum * 0.05 * static_cast<double>(1 + row % 4));
  }
  return weights;
}

// What pruning by sensitivity needs: every weight as important as any other.
struct EqualImportance {
  explicit EqualImportance(std::size_t count) : values(count, 1.0F) {}
  operator LayerEvidence() const { return {values}; }
  std::vector<float> values;
};

// Layers as they come, and shapes that are easily forgotten.
inline std::vector<Shape> sample_shapes() {
  return {{},           {0},          {1},    {7},       {0, 5},        {5, 0},
          {1, 1},       {1, 9},       {9, 1}, {3, 5},    {4, 1, 3, 3},  {6, 4, 1, 1},
          {2, 3, 0, 3}, {1, 1, 1, 1}, {64},   {13, 129}, {20, 1, 5, 5}, {16, 8, 3, 3}};
}

// Every granularity with every scheme, each with several sets of parameters.
inline std::vector<Candidate> every_cell() {
  const std::vector<std::string> prunes = {"sparsity=0", "sparsity=0.6", "sparsity=0.95 saliency=1",
                                           "sparsity=1"};
  const std::vector<std::string> quantizers = {"bits=1",
                                               "bits=2",
                                               "bits=4",
                                               "bits=8",
                                               "bits=1 symmetric=0",
                                               "bits=5 symmetric=0",
                                               "step=0.013",
                                               "rate_weight=0.3 step=0.02",
                                               "step=0.000001",
                                               "step=100"};
  std::vector<Candidate> cells;
  for (const std::string granularity : {"layer", "element", "block", "feature_map"}) {
    const bool may_prune = granularity != "layer";
    std::vector<std::string> cuts = {""};
    if (granularity == "block") cuts = {" block_columns=16", " block_columns=3 block_rows=2"};
    for (const std::string& cut : cuts) {
      const auto add = [&](const std::string& scheme, const std::string& parameters) {
        const std::string space = parameters.empty() ? "" : " ";
        cells.push_back(parse_candidate(granularity + "/" + scheme + cut + space + parameters));
      };
      add("ans", "");
      for (const std::string& quantizer : quantizers) {
        add("quantize", quantizer);
        add("quantize+ans", quantizer);
      }
      for (const std::string& prune : prunes) {
        if (!may_prune) break;
        add("prune", prune);
        add("prune+ans", prune);
        for (const std::string& quantizer : quantizers) {
          add("prune+quantize", prune + " " + quantizer);
          add("prune+quantize+ans", prune + " " + quantizer);
        }
      }
    }
  }
  return cells;
}

}  // namespace adagrain
