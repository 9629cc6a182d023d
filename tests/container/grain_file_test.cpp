#include "framework/container/grain_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/container/directory.h"
#include "framework/container/grain_writer.h"
#include "framework/container/safetensors.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

GrainReader reader_of(const Bytes& bytes) {
  return GrainReader::parse(bytes, "test.grain");
}

Checkpoint round_trip(const Checkpoint& checkpoint, const Plan& plan) {
  return reader_of(encode_grain(checkpoint, plan)).decode_all(2);
}

TEST(GrainFile, LosslessPlansGiveEveryTensorBack) {
  for (const char* candidate : {"layer/ans", "element/ans", "block/ans", "feature_map/ans"}) {
    const Checkpoint checkpoint = tiny_checkpoint();
    EXPECT_EQ(round_trip(checkpoint, plan_for(checkpoint, candidate, SmallTensorRule::float32)), checkpoint)
        << candidate;
  }
}

TEST(GrainFile, AnEmptyPlanWithFloat32IsLossless) {
  Checkpoint checkpoint = resnet20_checkpoint();
  checkpoint[3].values[0] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(round_trip(checkpoint, {{}, SmallTensorRule::float32}), checkpoint);
}

TEST(GrainFile, NamesAndShapesSurviveLossyPlans) {
  const Checkpoint checkpoint = resnet20_checkpoint();
  const Checkpoint back = round_trip(checkpoint, plan_for(checkpoint, "feature_map/quantize+ans bits=4"));
  ASSERT_EQ(back.size(), checkpoint.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].name, checkpoint[i].name);
    EXPECT_EQ(back[i].shape, checkpoint[i].shape);
    EXPECT_EQ(back[i].values.size(), checkpoint[i].values.size());
  }
}

TEST(GrainFile, ANetworkWithoutTensorsIsAFile) {
  const Bytes bytes = encode_grain({}, {});
  EXPECT_EQ(bytes.size(), 11U);
  EXPECT_TRUE(reader_of(bytes).decode_all().empty());
}

TEST(GrainFile, ReplacingASmallTensorsPayloadIsEncodingTheChangedNetwork) {
  const Checkpoint checkpoint = resnet20_checkpoint();
  const Plan plan = plan_for(checkpoint, "element/quantize+ans bits=4");
  std::vector<StoredTensor> stored = store_tensors(checkpoint, plan, {});
  Checkpoint changed = checkpoint;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (plan.layers.contains(changed[i].name)) continue;
    for (float& value : changed[i].values) value += 0.25F;
    stored[i] = store_tensor(changed[i], plan, {});
  }
  const Bytes patched = pack_grain(changed, stored, plan);
  EXPECT_EQ(patched, encode_grain(changed, plan));
  EXPECT_NE(patched, encode_grain(checkpoint, plan));
}

TEST(GrainFile, BytesDoNotDependOnThreads) {
  const Checkpoint checkpoint = resnet20_checkpoint();
  const Plan plan = plan_for(checkpoint, "block/quantize+ans bits=5", SmallTensorRule::quantized);
  const Bytes one = encode_grain(checkpoint, plan, {}, {}, 1);
  EXPECT_EQ(encode_grain(checkpoint, plan, {}, {}, 4), one);
  EXPECT_EQ(reader_of(one).decode_all(1), reader_of(one).decode_all(4));
}

TEST(GrainFile, TensorsDecodeAlone) {
  const Checkpoint checkpoint = tiny_checkpoint();
  const GrainReader reader = reader_of(encode_grain(checkpoint, plan_for(checkpoint, "layer/ans")));
  const Checkpoint all = reader.decode_all();
  for (std::size_t i = all.size(); i-- > 0;) EXPECT_EQ(reader.decode(reader.entries()[i]), all[i]);
}

TEST(GrainFile, PayloadsTileTheRestOfTheFile) {
  const Checkpoint checkpoint = lenet5_checkpoint();
  const GrainReader reader =
      reader_of(encode_grain(checkpoint, plan_for(checkpoint, "layer/quantize+ans bits=5")));
  std::uint64_t at = reader.overhead_bytes();
  for (const GrainEntry& entry : reader.entries()) {
    EXPECT_EQ(entry.payload_offset, at);
    EXPECT_EQ(reader.payload(entry).size(), entry.payload_bytes);
    at += entry.payload_bytes;
  }
  EXPECT_EQ(at, reader.file_bytes());
}

TEST(GrainFile, IdenticalTensorsAreStoredOnce) {
  Checkpoint tied = {sample_tensor("embedding.weight", {64, 32}), sample_tensor("head.weight", {64, 32})};
  const Plan plan = plan_for(tied, "layer/ans");
  const std::size_t apart = encode_grain(tied, plan).size();
  tied[1].values = tied[0].values;
  const Bytes bytes = encode_grain(tied, plan);
  EXPECT_LT(bytes.size(), apart * 6 / 10);
  EXPECT_EQ(reader_of(bytes).decode_all(), tied);
}

TEST(GrainFile, SameBytesOfAnotherShapeAreNoTie) {
  const Checkpoint checkpoint = {{"a", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {3, 2}, {1, 2, 3, 4, 5, 6}}};
  EXPECT_EQ(round_trip(checkpoint, {{}, SmallTensorRule::float32}), checkpoint);
}

// Together, before tables, less than 64 bytes for the file and 16 for each of four layers, weight and bias.
// No promise for a layer alone: the first of its kind, with a new name and shape, takes more.
TEST(GrainFile, OverheadOfLenet5StaysWithinItsBounds) {
  const Checkpoint checkpoint = lenet5_checkpoint();
  for (const char* candidate :
       {"element/prune+quantize+ans bits=5 sparsity=0.9", "layer/quantize+ans bits=5"}) {
    const GrainReader reader = reader_of(encode_grain(checkpoint, plan_for(checkpoint, candidate)));
    std::uint64_t rows = 0, metadata = 0;
    for (const GrainEntry& entry : reader.entries()) {
      rows += entry.directory_bytes;
      EXPECT_LE(entry.directory_bytes, entry.encoding == TensorEncoding::layer ? 16U : 6U) << entry.name;
      if (entry.encoding == TensorEncoding::layer)
        metadata += reader.decode_layer(entry).info.parts.side_bytes;
    }
    EXPECT_EQ(reader.overhead_bytes() - rows, 11U);
    EXPECT_LT(reader.overhead_bytes() + metadata, 64U + 4U * 16U) << candidate;
  }
}

// Four rows of six bytes a batch norm: 116 tensors at under 8 bytes each.
TEST(GrainFile, DirectoryOfResnet20StaysWithinItsBounds) {
  const Checkpoint checkpoint = resnet20_checkpoint();
  const GrainReader reader =
      reader_of(encode_grain(checkpoint, plan_for(checkpoint, "layer/quantize+ans bits=4")));
  EXPECT_LT(reader.overhead_bytes(), 64U + 8U * checkpoint.size());
}

TEST(GrainFile, ThePlanAndProvenanceAreOptional) {
  const Checkpoint checkpoint = tiny_checkpoint();
  const Plan plan = plan_for(checkpoint, "layer/quantize+ans bits=3");
  const Bytes bare = encode_grain(checkpoint, plan);
  EXPECT_FALSE(reader_of(bare).plan_json().has_value());
  EXPECT_TRUE(reader_of(bare).provenance().empty());

  const Bytes full = encode_grain(checkpoint, plan, {}, {true, "trained for 3 epochs"});
  const GrainReader reader = reader_of(full);
  EXPECT_EQ(parse_plan(*reader.plan_json(), "test"), plan);
  EXPECT_EQ(reader.provenance(), "trained for 3 epochs");
  EXPECT_TRUE(reader.damaged_sections().empty());
  EXPECT_EQ(reader.decode_all(), reader_of(bare).decode_all());
  EXPECT_EQ(reader.overhead_bytes() + (bare.size() - reader_of(bare).overhead_bytes()), full.size());
}

TEST(GrainFile, OpensFromDisk) {
  const TemporaryFile file("opens.grain");
  const Checkpoint checkpoint = tiny_checkpoint();
  write_file_atomically(
      file.path, encode_grain(checkpoint, plan_for(checkpoint, "layer/ans", SmallTensorRule::float32)));
  EXPECT_EQ(GrainReader::open(file.path).decode_all(), checkpoint);
  EXPECT_THROW(GrainReader::open("/nonexistent/x.grain"), DataError);
}

TEST(GrainFile, APlanForAnAbsentTensorIsRefused) {
  Plan plan;
  plan.layers["fc9.weight"] = parse_candidate("layer/ans");
  try {
    encode_grain(tiny_checkpoint(), plan);
    ADD_FAILURE();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("fc9.weight"), std::string::npos);
  }
}

TEST(GrainFile, NotANumberInALossyLayerNamesTheTensor) {
  Checkpoint checkpoint = tiny_checkpoint();
  checkpoint[4].values[2] = std::nanf("");
  try {
    encode_grain(checkpoint, plan_for(checkpoint, "layer/quantize+ans bits=5"));
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("'fc.weight'"), std::string::npos) << error.what();
  }
  const Checkpoint back = round_trip(checkpoint, plan_for(checkpoint, "layer/ans"));
  EXPECT_TRUE(std::isnan(back[4].values[2]));
}

TEST(GrainFile, RefusesNamesItCannotKeep) {
  for (const std::string& name :
       {std::string(), std::string(256, 'x'), std::string("a\nb"), std::string("\xFF")}) {
    EXPECT_THROW(encode_grain({{name, {1}, {1}}}, {}), DataError);
  }
  EXPECT_THROW(encode_grain({{"x", {1}, {1}}, {"x", {1}, {2}}}, {}), DataError);
}

}  // namespace
}  // namespace adagrain
