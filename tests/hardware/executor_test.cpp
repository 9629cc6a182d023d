// Executing a layer's program over its payload gives the tensor that the software decoder gives, bit for bit.
#include "framework/hardware/executor.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "framework/compression/payload/layer_codec.h"
#include "framework/container/grain_file.h"
#include "framework/hardware/instructions/compiler.h"
#include "framework/hardware/mapping.h"
#include "framework/hardware/stored_layer.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

// A machine so small that layers take many tiles.
const Accelerator& small_machine() {
  static const Accelerator accelerator =
      load_accelerator("edge_npu:array.rows=4,array.columns=3,decode.table_memory=1e6");
  return accelerator;
}

struct Run {
  StoredLayer stored;
  Program program;
  ExecutedLayer executed;
};

Run run(std::span<const std::uint8_t> payload, const Shape& shape, const Accelerator& accelerator) {
  Run run{read_stored_layer(payload, shape), {}, {}};
  const LayerDescription layer = layer_of_shape("layer", shape);
  const double bytes = static_cast<double>(payload.size()) /
                       static_cast<double>(std::max<std::int64_t>(1, layer.weight_count()));
  const LayerMapping mapping = map_layer(accelerator, {layer, bytes, run.stored.backward()});
  run.program = decode_program(encode_program(compile_layer(run.stored, payload, mapping)));
  run.executed = execute(run.program, payload, shape, accelerator);
  return run;
}

void expect_same_tensor(std::span<const std::uint8_t> payload, const Shape& shape, const std::string& what,
                        const Accelerator& accelerator = small_machine()) {
  const DecodedLayer decoded = decode_layer(payload, shape);
  const Run done = run(payload, shape, accelerator);
  ASSERT_EQ(bits_of(done.executed.weights), bits_of(decoded.weights)) << what << "\n"
                                                                      << disassemble(done.program);
  EXPECT_EQ(done.executed.nonzero, decoded.info.nonzero_weights) << what;
}

TEST(Executor, EveryGranularityAndSchemeGivesTheTensorOfTheDecoder) {
  const Shape shape = {24, 7, 3, 3};
  const std::vector<float> weights = sample_weights(shape);
  for (const Candidate& candidate : every_cell()) {
    const EncodedLayer encoded = encode_layer(weights, shape, candidate, EqualImportance(weights.size()));
    expect_same_tensor(encoded.payload, shape, to_string(candidate));
  }
}

TEST(Executor, EveryShapeGivesTheTensorOfTheDecoder) {
  for (const Shape& shape : sample_shapes()) {
    const std::vector<float> weights = sample_weights(shape);
    for (const char* candidate : {"layer/ans", "layer/quantize bits=3", "feature_map/quantize+ans bits=4",
                                  "element/prune+quantize sparsity=0.5 bits=4",
                                  "block/prune+quantize+ans sparsity=0.5 bits=4 block_columns=4"}) {
      const Candidate parsed = parse_candidate(candidate);
      expect_same_tensor(encode_layer(weights, shape, parsed, EqualImportance(weights.size())).payload, shape,
                         fmt::format("{} of [{}]", candidate, fmt::join(shape, ", ")));
    }
  }
}

// Large enough for tables by groups and for interleaved streams, at every speed.
TEST(Executor, EveryCoderAndGroupingGivesTheTensorOfTheDecoder) {
  std::set<std::string> coders;
  std::set<Grouping> groupings;
  for (const Shape& shape : {Shape{64, 16, 3, 3}, Shape{96, 512}, Shape{300, 70}}) {
    std::vector<float> weights = sample_weights(shape);
    // Columns and rows of scales of their own, so that groups are worth their tables.
    const auto columns = static_cast<std::size_t>(element_count(shape) / shape[0]);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (i % columns % 64 < 16) weights[i] *= 0.1F;
      if (i / columns % 5 == 0) weights[i] *= 4;
    }
    for (const std::string granularity : {"layer", "element", "block", "feature_map"}) {
      for (const std::string scheme :
           {"ans", "quantize+ans bits=3", "quantize+ans bits=6", "prune+quantize+ans sparsity=0.5 bits=4"}) {
        if (granularity == "layer" && scheme.starts_with("prune")) continue;
        for (int speed = 0; speed <= 2; ++speed) {
          const Candidate candidate = parse_candidate(
              fmt::format("{}/{}{}speed={}", granularity, scheme, scheme == "ans" ? " " : " ", speed));
          const EncodedLayer encoded =
              encode_layer(weights, shape, candidate, EqualImportance(weights.size()));
          expect_same_tensor(encoded.payload, shape, to_string(candidate));
          const StoredLayer stored = read_stored_layer(encoded.payload, shape);
          coders.insert(stored.coder);
          if (stored.tables > 1) groupings.insert(stored.grouping);
        }
      }
    }
  }
  EXPECT_EQ(coders, (std::set<std::string>{"adaptive", "interleaved", "static"}));
  EXPECT_GE(groupings.size(), 2u);
}

TEST(Executor, EveryGoldenFileGivesTheTensorsOfTheDecoder) {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(ADAGRAIN_TESTS_ROOT) + "/golden")) {
    if (entry.path().extension() != ".grain") continue;
    const GrainReader reader = GrainReader::open(entry.path());
    for (const GrainEntry& tensor : reader.entries()) {
      if (tensor.encoding != TensorEncoding::layer || reader.typed_head(tensor)) continue;
      expect_same_tensor(reader.payload(tensor), tensor.shape,
                         entry.path().filename().string() + " " + tensor.name);
    }
  }
}

TEST(Executor, EveryPresetGivesTheSameTensor) {
  const Shape shape = {40, 20, 3, 3};
  const std::vector<float> weights = sample_weights(shape);
  for (const std::string& preset : accelerator_presets()) {
    for (const std::string dataflow : {"os", "ws", "is"}) {
      const Accelerator accelerator = load_accelerator(preset + ":" + dataflow);
      for (const char* candidate :
           {"feature_map/quantize+ans bits=4", "layer/quantize+ans bits=6 speed=1", "layer/ans"})
        expect_same_tensor(encode_layer(weights, shape, parse_candidate(candidate)).payload, shape,
                           preset + ":" + dataflow, accelerator);
    }
  }
}

}  // namespace
}  // namespace adagrain
