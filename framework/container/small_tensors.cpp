#include "framework/container/small_tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/compression/payload/layer_codec.h"
#include "framework/container/directory.h"
#include "framework/container/float16.h"

namespace adagrain {
namespace {

constexpr const char* kQuantizedSchemes[] = {"layer/quantize bits=8", "layer/quantize bits=8 symmetric=0",
                                             "layer/quantize+ans bits=8",
                                             "layer/quantize+ans bits=8 symmetric=0"};
constexpr float kLargestHalf = 65504.0F;
constexpr float kLeastNormalHalf = 0x1p-14F;

bool is_variance(const Tensor& tensor) {
  return tensor.name.ends_with("running_var");
}

bool quantizable(const Tensor& tensor) {
  return std::all_of(tensor.values.begin(), tensor.values.end(),
                     [](float v) { return std::fabs(v) <= kLargestLossyMagnitude; });
}

bool fits_float16(const Tensor& tensor) {
  bool integers = true, exact = true;
  for (const float value : tensor.values) {
    if (!std::isfinite(value) || std::abs(value) > kLargestHalf) return false;
    if (is_variance(tensor) && value != 0 && value < kLeastNormalHalf) return false;
    integers &= value == std::floor(value);
    exact &= float16_to_float(float_to_float16(value)) == value;
  }
  return !integers || exact;
}

StoredTensor store_raw(const Tensor& tensor, TensorEncoding encoding) {
  StoredTensor stored{encoding, {}};
  stored.payload.reserve(raw_element_bytes(encoding) * tensor.values.size());
  for (const float value : tensor.values) {
    if (encoding == TensorEncoding::float32) {
      append_little_endian(stored.payload, std::bit_cast<std::uint32_t>(value));
    } else {
      append_little_endian(stored.payload, float_to_float16(value));
    }
  }
  return stored;
}

// Whether decoding gives every value back within 1/256 of the range.
bool close_enough(const Tensor& tensor, const Bytes& payload) {
  const std::vector<float> decoded = decode_layer(payload, tensor.shape).weights;
  const auto [least, greatest] = std::minmax_element(tensor.values.begin(), tensor.values.end());
  const float allowed = (*greatest - *least) / 256;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (!(std::abs(decoded[i] - tensor.values[i]) <= allowed)) return false;
  }
  return true;
}

}  // namespace

StoredTensor store_small_tensor(const Tensor& tensor, SmallTensorRule rule) {
  if (rule == SmallTensorRule::float32) return store_raw(tensor, TensorEncoding::float32);
  StoredTensor best =
      store_raw(tensor, fits_float16(tensor) ? TensorEncoding::float16 : TensorEncoding::float32);
  if (rule == SmallTensorRule::float16 || is_variance(tensor) || tensor.values.size() < 2 ||
      !quantizable(tensor))
    return best;
  std::size_t cheapest = best.payload.size();
  for (const char* scheme : kQuantizedSchemes) {
    EncodedLayer coded = encode_layer(tensor.values, tensor.shape, parse_candidate(scheme));
    // The directory has to say how long a coded payload is: one byte, or two from 128 on.
    const std::size_t price = coded.payload.size() + (coded.payload.size() < 128 ? 1 : 2);
    if (price < cheapest && density_allowed(tensor.shape, coded.payload.size()) &&
        close_enough(tensor, coded.payload)) {
      best = {TensorEncoding::layer, std::move(coded.payload)};
      cheapest = price;
    }
  }
  return best;
}

std::vector<float> decode_raw(TensorEncoding encoding, std::span<const std::uint8_t> payload) {
  const std::uint64_t width = raw_element_bytes(encoding);
  std::vector<float> values(payload.size() / width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint8_t* at = payload.data() + i * width;
    values[i] = encoding == TensorEncoding::float32
                    ? std::bit_cast<float>(load_little_endian<std::uint32_t>(at))
                    : float16_to_float(load_little_endian<std::uint16_t>(at));
  }
  return values;
}

}  // namespace adagrain
