// Real layers as the coders see them: what units in Verilog and in C++ decode side by side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/payload/coded_weights.h"
#include "framework/compression/transforms/transform.h"

namespace adagrain::rtl {

struct GoldenLayer {
  std::string name;  // network, tensor, candidate
  LayerCode code;
  LayerUnits cut;
  CodedWeights coded;
  std::vector<std::uint16_t> symbols;  // [coded weight]: level - lowest
  std::int32_t lowest = 0;
  std::uint32_t alphabet = 1;
  std::vector<float> weights;  // [element]: what decode_layer reads from the payload of encode_layer
};

// Networks of the zoo at several candidates. `every`: all layers, not only small ones.
std::vector<GoldenLayer> golden_layers(const std::filesystem::path& zoo, bool every);

// What the coder "ans" or "raw" makes of symbols.
struct GoldenStream {
  std::string name;
  StreamShape shape;
  std::vector<std::uint16_t> symbols;
  std::vector<std::uint8_t> table_of;  // [symbol]; empty: one table
  std::vector<std::uint8_t> bytes;
};

GoldenStream encode_stream(const std::string& coder, const std::string& name, const StreamShape& shape,
                           std::vector<std::uint16_t> symbols, std::vector<std::uint8_t> table_of = {});

// The levels of each layer, with one table and, where there are rows enough, with a table for each of four
// kinds of rows; and the steps' codes of each layer that has them.
std::vector<GoldenStream> static_streams(const std::vector<GoldenLayer>& layers);

}  // namespace adagrain::rtl
