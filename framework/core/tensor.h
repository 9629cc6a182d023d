// The values every stage passes on. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace adagrain {

using Shape = std::vector<std::int64_t>;

// Number of elements; 1 for a scalar (empty shape), 0 when a dimension is 0.
inline std::int64_t element_count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>{});
}

// One named parameter or buffer of a model, float32, row-major.
struct Tensor {
  std::string name;  // "features.0.weight"
  Shape shape;       // Conv2d [out, in / groups, kh, kw], Linear [out, in]
  std::vector<float> values;

  bool operator==(const Tensor&) const = default;
};

// All tensors of a model in the model's own order.
using Checkpoint = std::vector<Tensor>;

enum class Operation { conv2d, depthwise_conv2d, linear };

// What the framework knows of a layer without its weights. Spatial sizes are 1 for a Linear; for a Linear
// that is applied to a sequence, `output_height` is the sequence's length.
struct LayerDescription {
  std::string name;         // module path: "features.0"
  std::string weight_name;  // "features.0.weight"
  std::string batch_norm;   // module path of the batch norm that directly follows; empty when there is none
  Operation operation = Operation::linear;
  Shape weight_shape;  // [out, in / groups, kh, kw] or [out, in]
  std::int64_t groups = 1;
  std::int64_t stride = 1;
  std::int64_t input_height = 1, input_width = 1;  // padding included
  std::int64_t output_height = 1, output_width = 1;
  std::int64_t macs = 0;   // multiply-accumulates for one input
  std::int64_t depth = 0;  // 0 for the first layer executed

  std::int64_t output_channels() const { return weight_shape.at(0); }
  std::int64_t weight_count() const { return element_count(weight_shape); }
};

const char* operation_name(Operation operation);

}  // namespace adagrain
