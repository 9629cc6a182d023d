#include "framework/container/small_tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "framework/compression/payload/layer_codec.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

TensorEncoding encoding_of(const std::string& name, const std::vector<float>& values,
                           SmallTensorRule rule = SmallTensorRule::float16) {
  return store_small_tensor({name, {static_cast<std::int64_t>(values.size())}, values}, rule).encoding;
}

TEST(SmallTensors, Float32KeepsEveryBit) {
  const std::vector<float> values = {-0.0F, 1e-42F, INFINITY, std::bit_cast<float>(0x7FA12345U), 0.1F};
  const StoredTensor stored = store_small_tensor({"x", {5}, values}, SmallTensorRule::float32);
  const std::vector<float> back = decode_raw(stored.encoding, stored.payload);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(back[i]), std::bit_cast<std::uint32_t>(values[i]));
  }
}

TEST(SmallTensors, Float16HalvesABias) {
  const Tensor bias = sample_tensor("fc.bias", {100});
  const StoredTensor stored = store_small_tensor(bias, SmallTensorRule::float16);
  EXPECT_EQ(stored.encoding, TensorEncoding::float16);
  EXPECT_EQ(stored.payload.size(), 200U);
  const std::vector<float> back = decode_raw(stored.encoding, stored.payload);
  // Half a unit in the last of 11 significant bits.
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_LE(std::abs(back[i] - bias.values[i]), std::abs(bias.values[i]) / 2048);
}

TEST(SmallTensors, WhatFloat16WouldLoseStaysFloat32) {
  EXPECT_EQ(encoding_of("b", {65505.0F, 0.1F}), TensorEncoding::float32);
  EXPECT_EQ(encoding_of("b", {INFINITY}), TensorEncoding::float32);
  EXPECT_EQ(encoding_of("b", {NAN}), TensorEncoding::float32);
  EXPECT_EQ(encoding_of("n", {2049.0F}), TensorEncoding::float32);  // a counter, not exact in 11 bits
  EXPECT_EQ(encoding_of("n", {2048.0F, 0.0F}), TensorEncoding::float16);
  EXPECT_EQ(encoding_of("n", {2049.0F, 0.1F}), TensorEncoding::float16);
  EXPECT_EQ(encoding_of("b", {1e-9F, 0.1F}), TensorEncoding::float16);
}

TEST(SmallTensors, AVarianceNeverLosesPrecision) {
  EXPECT_EQ(encoding_of("bn.running_var", {1.0F, 6e-5F}), TensorEncoding::float32);
  EXPECT_EQ(encoding_of("bn.running_var", {1.0F, 7e-5F}), TensorEncoding::float16);
  EXPECT_EQ(encoding_of("bn.running_var", {1.0F, 0.0F}), TensorEncoding::float16);
  std::vector<float> spread(512);
  for (std::size_t i = 0; i < spread.size(); ++i) spread[i] = 0.001F + static_cast<float>(i % 16);
  EXPECT_EQ(encoding_of("bn.running_var", spread, SmallTensorRule::quantized), TensorEncoding::float16);
}

TEST(SmallTensors, QuantizedStaysWithinItsPromise) {
  for (const char* name : {"fc.bias", "bn.weight", "bn.running_mean"}) {
    for (const std::int64_t count : {1, 2, 10, 500}) {
      const Tensor tensor = sample_tensor(name, {count});
      const StoredTensor stored = store_small_tensor(tensor, SmallTensorRule::quantized);
      EXPECT_LE(stored.payload.size(), 2 * tensor.values.size());
      if (stored.encoding != TensorEncoding::layer) continue;
      const std::vector<float> back = decode_layer(stored.payload, tensor.shape).weights;
      const auto [least, greatest] = std::minmax_element(tensor.values.begin(), tensor.values.end());
      for (std::size_t i = 0; i < back.size(); ++i) {
        EXPECT_LE(std::abs(back[i] - tensor.values[i]), (*greatest - *least) / 256);
      }
    }
  }
}

TEST(SmallTensors, QuantizedBeatsFloat16OnALongBias) {
  const StoredTensor stored = store_small_tensor(sample_tensor("fc.bias", {500}), SmallTensorRule::quantized);
  EXPECT_EQ(stored.encoding, TensorEncoding::layer);
  EXPECT_LT(stored.payload.size(), 600U);
}

TEST(SmallTensors, EmptyAndScalarTensorsAreStored) {
  for (const SmallTensorRule rule :
       {SmallTensorRule::float32, SmallTensorRule::float16, SmallTensorRule::quantized}) {
    EXPECT_TRUE(store_small_tensor({"e", {0}, {}}, rule).payload.empty());
    EXPECT_LE(store_small_tensor({"s", {}, {1.5F}}, rule).payload.size(), 4U);
  }
}

// The mask of an attention layer: as far below zero as float32 goes.
TEST(SmallTensors, WhatIsTooLargeToQuantiseStaysFloat32) {
  std::vector<float> mask(64);
  for (std::size_t i = 0; i < 32; ++i) mask[2 * i] = std::numeric_limits<float>::lowest();
  EXPECT_EQ(encoding_of("mask", mask, SmallTensorRule::quantized), TensorEncoding::float32);
}

// Three bytes of code for as many zeros: no reader would hold them in memory.
TEST(SmallTensors, WhatNoReaderWouldDecodeIsNotCoded) {
  const Tensor zeros = {"table", {(1 << 24) + (1 << 20)}, std::vector<float>((1 << 24) + (1 << 20))};
  EXPECT_EQ(store_small_tensor(zeros, SmallTensorRule::quantized).encoding, TensorEncoding::float16);
}

}  // namespace
}  // namespace adagrain
