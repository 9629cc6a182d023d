#include "framework/container/checkpoint_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "framework/container/grain_writer.h"
#include "framework/container/inspection.h"
#include "framework/container/typed_tensor.h"
#include "framework/container/uniform_plan.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

// Numbers of a normal distribution as float32, the upper `width` bytes of each.
Bytes normal_data(std::size_t count, std::size_t width) {
  RandomStream random(1, "typed");
  Bytes data;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(0.05 * random.normal()));
    for (std::size_t byte = 4 - width; byte < 4; ++byte)
      data.push_back(static_cast<std::uint8_t>(bits >> (8 * byte)));
  }
  return data;
}

struct Listed {
  SafetensorsEntry entry;
  Bytes data;
};

// One of every kind: more than a chunk, an odd size, empty, a scalar, two alike, NaN payloads, an unknown
// type.
std::vector<Listed> every_kind() {
  std::vector<Listed> all;
  const auto add = [&](const std::string& name, const std::string& dtype, const Shape& shape, Bytes data) {
    all.push_back({{name, dtype, shape, 0, data.size()}, std::move(data)});
  };
  const std::int64_t large = static_cast<std::int64_t>(kTypedChunkBytes / 4) + 12'345;
  add("large.weight", "F32", {large}, normal_data(static_cast<std::size_t>(large), 4));
  add("half.weight", "BF16", {37, 11}, normal_data(37 * 11, 2));
  add("odd", "F32", {4}, {1, 0, 0x80, 0x7F, 0x45, 0x23, 0xA1, 0xFF, 0, 0, 0, 0x80, 1, 0, 0, 0});
  add("double", "F64", {2}, {1, 2, 3, 4, 5, 6, 7, 0xF8, 0, 0, 0, 0, 0, 0, 0, 0x80});
  add("tokens", "I64", {3}, Bytes(24, 7));
  add("mask", "BOOL", {5}, {0, 1, 1, 0, 1});
  add("eighth", "F8_E4M3", {3}, {0x80, 0x7F, 1});
  add("quarter", "F4", {3, 2}, {0x12, 0x34, 0x56});
  add("strange", "Q5_K", {4}, {9, 8, 7});
  add("empty", "F16", {0, 3}, {});
  add("scalar", "U8", {}, {255});
  add("tied.weight", "BF16", {37, 11}, normal_data(37 * 11, 2));
  return all;
}

void write(const std::filesystem::path& file, const std::vector<Listed>& tensors) {
  std::vector<SafetensorsEntry> entries;
  for (const Listed& tensor : tensors) entries.push_back(tensor.entry);
  SafetensorsWriter writer(file, entries);
  for (const Listed& tensor : tensors) writer.append(tensor.data);
  writer.commit();
}

class CheckpointFile : public testing::Test {
 protected:
  void compress(const std::optional<Plan>& plan = {}, int threads = 2) {
    compress_file(SafetensorsReader(ByteSource::open(original_.path)), plan, {}, grain_.path, {threads});
  }
  void decompress(int threads = 2) {
    decompress_file(GrainReader::open(grain_.path), false, back_.path, {threads});
  }

  const TemporaryFile original_{"original.safetensors"}, grain_{"file.grain"}, back_{"back.safetensors"};
};

TEST_F(CheckpointFile, MetadataComeBackBesideTheProvenance) {
  write_safetensors(original_.path, {{"a", {1}, {1}}}, {{"format", "pt"}});
  compress();
  decompress();
  EXPECT_EQ(read_file(back_.path), read_file(original_.path));
  compress_file(SafetensorsReader(ByteSource::open(original_.path)), {}, {false, "a note"}, grain_.path, {});
  decompress();
  const std::map<std::string, std::string> both = {{"format", "pt"}, {"provenance", "a note"}};
  EXPECT_EQ(read_safetensors(back_.path).metadata, both);
}

TEST_F(CheckpointFile, MetadataStayOutWhenTheyAreNotKept) {
  write_safetensors(original_.path, {{"a", {1}, {1}}}, {{"format", "pt"}});
  const SafetensorsReader input(ByteSource::open(original_.path));
  compress_file(input, {}, {false, "", false}, grain_.path, {});
  EXPECT_EQ(GrainReader::open(grain_.path).provenance(), "");
  const std::uint64_t bare = std::filesystem::file_size(grain_.path);
  compress();
  EXPECT_EQ(std::filesystem::file_size(grain_.path),
            bare + 1 + 4 + std::string_view(R"({"format":"pt"})").size());
  compress_file(input, {}, {false, "a note", false}, grain_.path, {});
  EXPECT_EQ(GrainReader::open(grain_.path).provenance(), "a note");
}

TEST_F(CheckpointFile, EveryTypeComesBackBitForBit) {
  write(original_.path, every_kind());
  compress();
  decompress();
  EXPECT_EQ(read_file(back_.path), read_file(original_.path));
  EXPECT_LT(std::filesystem::file_size(grain_.path), 0.87 * std::filesystem::file_size(original_.path));
}

TEST_F(CheckpointFile, BytesDoNotDependOnThreads) {
  write(original_.path, every_kind());
  const SafetensorsReader input(ByteSource::open(original_.path));
  const Plan plan = uniform_plan(input.entries(), parse_candidate("layer/quantize+ans bits=6 speed=1"),
                                 SmallTensorRule::float32);
  for (const std::optional<Plan>& how : {std::optional<Plan>(), std::optional<Plan>(plan)}) {
    compress(how, 1);
    const Bytes one = read_file(grain_.path);
    decompress(1);
    const Bytes back = read_file(back_.path);
    compress(how, 3);
    EXPECT_EQ(read_file(grain_.path), one);
    decompress(3);
    EXPECT_EQ(read_file(back_.path), back);
  }
}

TEST_F(CheckpointFile, WhatCannotBeCompressedGrowsByLittle) {
  Bytes noise;
  RandomStream random(2, "noise");
  for (int i = 0; i < 100'000; ++i) noise.push_back(static_cast<std::uint8_t>(random.next()));
  write(original_.path, {{{"noise", "U8", {100'000}, 0, noise.size()}, noise}});
  compress();
  EXPECT_LT(std::filesystem::file_size(grain_.path), 100'000U + 64U);
}

TEST_F(CheckpointFile, TensorsThatAreAlikeAreStoredOnce) {
  write(original_.path, every_kind());
  compress();
  const GrainReader reader = GrainReader::open(grain_.path);
  const auto tied = std::find_if(reader.entries().begin(), reader.entries().end(),
                                 [](const GrainEntry& entry) { return entry.name == "tied.weight"; });
  EXPECT_TRUE(tied->shares_payload);
}

TEST_F(CheckpointFile, APlanCompressesWhatItNamesAndKeepsOtherTypes) {
  write(original_.path, every_kind());
  const SafetensorsReader input(ByteSource::open(original_.path));
  compress(
      uniform_plan(input.entries(), parse_candidate("layer/quantize+ans bits=6"), SmallTensorRule::float32));
  const GrainInspection report = inspect_grain(GrainReader::open(grain_.path), "x");
  EXPECT_TRUE(report.sound()) << describe_damage(report);
  for (const TensorInspection& tensor : report.tensors) {
    const bool kept = tensor.by_type;
    const std::string& name = tensor.entry.name;
    EXPECT_EQ(kept, name == "double" || name == "tokens" || name == "mask" || name == "eighth" ||
                        name == "quarter" || name == "strange" || name == "scalar")
        << name;
    EXPECT_EQ(tensor.info.has_value(), name == "half.weight" || name == "tied.weight") << name;
  }
}

TEST_F(CheckpointFile, ADamagedChunkIsFoundAndTheRestSalvaged) {
  write(original_.path, every_kind());
  compress();
  Bytes bytes = read_file(grain_.path);
  const GrainReader sound = GrainReader::open(grain_.path);
  bytes[sound.entries()[0].payload_offset + 1000] ^= 4;
  const GrainReader hurt = GrainReader::parse(bytes, "hurt");
  EXPECT_THROW(decompress_file(hurt, false, back_.path, {2}), DataError);
  EXPECT_FALSE(std::filesystem::exists(back_.path));
  EXPECT_EQ(decompress_file(hurt, true, back_.path, {2}), std::vector<std::string>{"large.weight"});
  EXPECT_EQ(SafetensorsReader(ByteSource::open(back_.path)).entries().size(), every_kind().size() - 1);
}

TEST_F(CheckpointFile, ARangeNeedsNoOtherChunkThanItsOwn) {
  const Bytes data = normal_data(3 * kTypedChunkBytes / 4 + 100, 4);
  write(original_.path, {{{"w", "F32", {static_cast<std::int64_t>(data.size() / 4)}, 0, data.size()}, data},
                         {{"b", "F32", {1}, 0, 4}, Bytes(4)}});
  compress();
  Bytes bytes = read_file(grain_.path);
  const auto range = [&](const GrainReader& reader, std::uint64_t begin, std::uint64_t count, int threads) {
    Bytes part(count);
    reader.decode_range(reader.entries()[0], begin, part, threads);
    return part;
  };
  const GrainReader sound = GrainReader::open(grain_.path);
  for (const std::uint64_t begin :
       {std::uint64_t{0}, kTypedChunkBytes - 3, 2 * kTypedChunkBytes, 3 * kTypedChunkBytes + 399}) {
    for (const std::uint64_t count :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, kTypedChunkBytes + 9, data.size() - begin}) {
      if (begin + count > data.size()) continue;
      for (const int threads : {1, 3}) {
        EXPECT_TRUE(
            std::ranges::equal(range(sound, begin, count, threads), std::span(data).subspan(begin, count)))
            << begin << " + " << count;
      }
    }
  }
  EXPECT_THROW(range(sound, data.size(), 1, 1), DataError);
  EXPECT_THROW(range(sound, ~std::uint64_t{0}, 2, 1), DataError);

  const GrainEntry& entry = sound.entries()[0];
  bytes[entry.payload_offset + entry.payload_bytes / 2] ^= 4;  // in the second chunk
  const GrainReader hurt = GrainReader::parse(bytes, "hurt");
  EXPECT_TRUE(
      std::ranges::equal(range(hurt, 0, kTypedChunkBytes, 2), std::span(data).first(kTypedChunkBytes)));
  EXPECT_TRUE(std::ranges::equal(range(hurt, 2 * kTypedChunkBytes, kTypedChunkBytes, 2),
                                 std::span(data).subspan(2 * kTypedChunkBytes, kTypedChunkBytes)));
  bytes.resize(entry.payload_offset + entry.payload_bytes / 2);
  const GrainReader cut = GrainReader::parse(bytes, "cut");
  EXPECT_THROW(range(cut, 2 * kTypedChunkBytes, 1, 1), DataError);
}

// The lengths that lead to a chunk, at their worst.
TEST_F(CheckpointFile, ARangeOfADamagedTensorIsADataErrorOrOtherBytes) {
  const Bytes data = normal_data(kTypedChunkBytes / 4 + 100, 4);
  write(original_.path, {{{"w", "F32", {static_cast<std::int64_t>(data.size() / 4)}, 0, data.size()}, data}});
  compress();
  const Bytes whole = read_file(grain_.path);
  const std::uint64_t offset = GrainReader::open(grain_.path).entries()[0].payload_offset;
  for (std::size_t bit = 0; bit < 8 * 16; ++bit) {
    Bytes bytes = whole;
    bytes[offset + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const GrainReader reader = GrainReader::parse(bytes, "hurt");
    Bytes part(100);
    try {
      reader.decode_range(reader.entries()[0], kTypedChunkBytes, part);
    } catch (const DataError&) {
    }
  }
  GrainReader layers = GrainReader::parse(
      encode_grain({{"w", {2, 2}, {1, 2, 3, 4}}}, Plan{{}, SmallTensorRule::float32}), "no type");
  Bytes part(4);
  EXPECT_THROW(layers.decode_range(layers.entries()[0], 0, part), DataError);
}

TEST_F(CheckpointFile, AFailureLeavesTheOldFileAlone) {
  write(original_.path, {{{"fc.weight", "F32", {2, 1}, 0, 8}, {0, 0, 0xC0, 0x7F, 0, 0, 0, 0}}});  // NaN
  write_file_atomically(grain_.path, "old");
  const SafetensorsReader input(ByteSource::open(original_.path));
  const Plan plan =
      uniform_plan(input.entries(), parse_candidate("layer/quantize bits=4"), SmallTensorRule::float32);
  EXPECT_THROW(compress(plan), DataError);
  const Bytes kept = read_file(grain_.path);
  EXPECT_EQ(std::string(kept.begin(), kept.end()), "old");
  for (const auto& file : std::filesystem::directory_iterator(grain_.path.parent_path())) {
    EXPECT_FALSE(file.path().filename().string().starts_with("file.grain.")) << file.path();
  }
}

TEST_F(CheckpointFile, APlanForAnotherFileIsRefused) {
  write(original_.path, every_kind());
  Plan plan;
  plan.layers.emplace("missing", parse_candidate("layer/ans"));
  EXPECT_THROW(compress(plan), ConfigError);
}

TEST(TypedTensor, EveryTruncationOfAChunkIsRefused) {
  const Bytes data = normal_data(300, 2);
  const Bytes chunk = encode_typed_chunk(data, "BF16");
  ByteReader reader(chunk, "test");
  const auto coded = reader.take(reader.varint());
  Bytes back(data.size());
  decode_typed_chunk(coded, "BF16", back);
  EXPECT_EQ(back, data);
  for (std::size_t length = 0; length < coded.size(); ++length) {
    EXPECT_THROW(decode_typed_chunk(coded.first(length), "BF16", back), DataError) << length;
  }
}

// 8 * 2^61 bits are 0 in 64 bits.
TEST(TypedTensor, ASizeThatOverflowsIsRefused) {
  Bytes payload;
  append_typed_head(payload, {"F32", std::uint64_t{1} << 61, 0});
  GrainWriter writer(payloads_in_memory());
  writer.begin("w", {0}, TensorEncoding::layer);
  writer.append(payload);
  writer.end();
  Bytes file;
  writer.write(
      [&](std::span<const std::uint8_t> piece) { file.insert(file.end(), piece.begin(), piece.end()); }, "",
      {});
  const GrainReader reader = GrainReader::parse(file, "x");
  EXPECT_THROW(reader.typed_head(reader.entries().at(0)), DataError);
}

// Full masks and tables of zeros: a few bytes a chunk, and no limit on their number.
TEST_F(CheckpointFile, LargeConstantTensorsComeBack) {
  const std::int64_t count = 5 * (1 << 24);
  write(original_.path, {{{"mask", "BOOL", {count}, 0, static_cast<std::uint64_t>(count)}, Bytes(count, 1)}});
  compress();
  EXPECT_LT(std::filesystem::file_size(grain_.path), 10'000U);
  decompress();
  EXPECT_EQ(read_file(back_.path), read_file(original_.path));
}

TEST_F(CheckpointFile, WhatNoReaderTakesIsNotWritten) {
  const auto refused = [&](const std::string& dtype, std::size_t bytes) {
    write(original_.path, {{{"x", dtype, {2}, 0, bytes}, Bytes(bytes, 3)}});
    try {
      compress();
      ADD_FAILURE() << dtype << " of " << bytes << " bytes was taken";
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("'x'"), std::string::npos) << error.what();
      EXPECT_FALSE(std::filesystem::exists(grain_.path));
    }
  };
  refused("MY TYPE", 4);
  refused(std::string(33, 'Q'), 4);
  refused("Q5_K", 130);  // 65 bytes a number
}

TEST_F(CheckpointFile, APlanIsForNumbersThatCanBeWeights) {
  write(original_.path, {{{"n", "I64", {1}, 0, 8}, Bytes(8, 7)}});
  const Plan plan = {{{"n", parse_candidate("layer/quantize")}}, SmallTensorRule::float16};
  try {
    compress(plan);
    ADD_FAILURE() << "an integer was quantised";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("'n' is I64"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace adagrain
