#include "framework/container/directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/container/grain_writer.h"
#include "framework/container/small_tensors.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

DirectoryRow row(const std::string& name, const Shape& shape, TensorEncoding encoding,
                 std::uint64_t payload_bytes = 0, std::uint64_t rows_back = 0) {
  DirectoryRow made;
  made.entry.name = name;
  made.entry.shape = shape;
  made.entry.encoding = encoding;
  made.entry.payload_bytes = payload_bytes;
  made.entry.crc = 0xDDCCBBAA;
  made.rows_back = rows_back;
  return made;
}

std::vector<GrainEntry> decode(const Bytes& bytes, std::uint64_t count) {
  return decode_directory(bytes, count, 100, "test");
}

void expect_refused(const Bytes& bytes, std::uint64_t count, const std::string& reason) {
  try {
    decode(bytes, count);
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST(Directory, RowsAreTheDocumentedBytes) {
  const std::vector<DirectoryRow> rows = {
      row("conv1.weight", {20, 1, 5, 5}, TensorEncoding::layer, 300),
      row("conv1.bias", {20}, TensorEncoding::float16),
      row("conv2.weight", {50, 20, 3, 3}, TensorEncoding::layer, 5),
      row("conv3.weight", {50, 1, 3, 3}, TensorEncoding::layer, 5),
      row("conv4.weight", {8, 25, 1, 1}, TensorEncoding::layer, 5),
      row("n", {}, TensorEncoding::float32),
      row("m", {}, TensorEncoding::float32, 0, 1),
  };
  const Bytes expected = {
      // encoding 0, kernel, ".weight"; 5 characters added; [20, 1, 5, 5], where 1 is the chain's beginning
      0b001'110'00, 0x50, 'c', 'o', 'n', 'v', '1', 20, 10, 0xAC, 0x02, 0xAA, 0xBB, 0xCC, 0xDD,
      // a short row: float16, leading dimension of the previous row, ".bias"; the same stem
      0b010'001'11, 0xAA, 0xBB, 0xCC, 0xDD,
      // chained 3 x 3 kernel; the number of the last stem raised by one
      0b001'101'00, 0x0D, 50, 5, 0xAA, 0xBB, 0xCC, 0xDD,
      // depthwise 3 x 3
      0b001'111'00, 0x0D, 5, 0xAA, 0xBB, 0xCC, 0xDD,
      // a kernel that takes in 25 channels where the row before puts out 50
      0b001'110'00, 0x0D, 8, 3, 25, 5, 0xAA, 0xBB, 0xCC, 0xDD,
      // float32 scalar without suffix
      0b000'010'01, 0x15, 'n', 0, 0xAA, 0xBB, 0xCC, 0xDD,
      // stored in the bytes of the row before
      0b000'000'11, 0x11, 'm', 1};
  EXPECT_EQ(encode_directory(rows), expected);
}

TEST(Directory, EveryShapeAndNameComesBack) {
  std::vector<DirectoryRow> rows;
  const std::vector<Shape> shapes = {{},
                                     {7},
                                     {7},
                                     {0},
                                     {300, 7},
                                     {300},
                                     {300, 7},
                                     {4, 2, 3, 3},
                                     {4, 1, 3, 3},
                                     {4, 2, 1, 1},
                                     {4, 2, 3, 1},
                                     {4, 2, 0, 0},
                                     {1, 2, 3},
                                     {1, 2, 3},
                                     {1},
                                     {1 << 20, 1 << 20},
                                     {2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2}};
  const std::vector<std::string> names = {"a",
                                          "a.weight",
                                          "a.bias",
                                          ".weight",
                                          "weight",
                                          "a_weight",
                                          "in_proj_bias",
                                          std::string(kMaximumNameBytes, 'x'),
                                          fmt::format("{:x>100}.running_mean", 'y'),
                                          "b.running_var",
                                          "b.num_batches_tracked",
                                          "Stra\xC3\x9F"
                                          "e.weight",
                                          "Stra\xC3\xA9"
                                          "e.weight",
                                          "x",
                                          "xx",
                                          "xxx",
                                          "xxxx"};
  ASSERT_EQ(shapes.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto encoding = static_cast<TensorEncoding>(i % 3);
    const bool huge = element_count(shapes[i]) > 1'000'000;
    rows.push_back(row(names[i], shapes[i], huge ? TensorEncoding::float16 : encoding, 1000 * i));
  }
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  std::uint64_t offset = 100, row_bytes = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const GrainEntry& given = rows[i].entry;
    EXPECT_EQ(entries[i].name, given.name);
    EXPECT_EQ(entries[i].shape, given.shape);
    EXPECT_EQ(entries[i].encoding, given.encoding);
    EXPECT_EQ(entries[i].crc, given.crc);
    EXPECT_EQ(entries[i].payload_offset, offset);
    offset += entries[i].payload_bytes;
    row_bytes += entries[i].directory_bytes;
  }
  EXPECT_EQ(row_bytes, encode_directory(rows).size());
}

TEST(Directory, ABatchNormRowCostsFiveBytes) {
  const std::vector<DirectoryRow> rows = {row("layer1.0.bn1.weight", {16}, TensorEncoding::float16),
                                          row("layer1.0.bn1.bias", {16}, TensorEncoding::float16),
                                          row("layer1.0.bn1.running_mean", {16}, TensorEncoding::float16),
                                          row("layer1.0.bn1.running_var", {16}, TensorEncoding::float32)};
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_EQ(entries[i].directory_bytes, 5U);
}

TEST(Directory, TiedRowsShareEverythingButTheName) {
  const std::vector<DirectoryRow> rows = {row("encoder.weight", {30, 20}, TensorEncoding::layer, 77),
                                          row("bias", {20}, TensorEncoding::float32),
                                          row("decoder.weight", {30, 20}, TensorEncoding::layer, 77, 2)};
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  EXPECT_EQ(entries[2].name, "decoder.weight");
  EXPECT_EQ(entries[2].shape, entries[0].shape);
  EXPECT_EQ(entries[2].payload_offset, entries[0].payload_offset);
  EXPECT_EQ(entries[2].crc, entries[0].crc);
  EXPECT_TRUE(entries[2].shares_payload);
  EXPECT_FALSE(entries[0].shares_payload);
  EXPECT_EQ(entries[1].payload_offset, 177U);
}

TEST(Directory, ABlockCostsNoCharactersOnceOneLikeItWasNamed) {
  std::vector<DirectoryRow> rows;
  for (int block = 8; block <= 11; ++block) {
    rows.push_back(row(fmt::format("block{}.conv.weight", block), {4, 4}, TensorEncoding::layer, 9));
    rows.push_back(row(fmt::format("block{}.norm.weight", block), {4}, TensorEncoding::float32));
  }
  for (int block = 8; block <= 11; ++block)
    rows.push_back(row(fmt::format("block{}.norm.running_mean", block), {4}, TensorEncoding::float32));
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(entries[i].name, rows[i].entry.name);
    // Head, name, CRC; a weight's shape and length take two bytes more.
    if (i >= 2) {
      EXPECT_EQ(entries[i].directory_bytes, entries[i].encoding == TensorEncoding::layer ? 8U : 6U) << i;
    }
  }
}

TEST(Directory, NumbersThatCannotBeCountedOnAreSpelt) {
  std::vector<DirectoryRow> rows;
  for (const char* name : {"a01", "a02", "a9999999", "a10000000", "a999999", "a1000000", "7", "8", "x9y",
                           "x10y", "abcdefghijklmnopqrstuvwxyz1", "z"})
    rows.push_back(row(name, {}, TensorEncoding::float32));
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(entries[i].name, rows[i].entry.name);
}

TEST(Directory, RefusesNamesThatCannotBe) {
  expect_refused({0x01, 0x0D, 0, 0, 0, 0}, 1, "counts on from 1 back of 0");
  expect_refused({0x01, 0x0E, 0, 0, 0, 0}, 1, "follows 1 others of 0");
  expect_refused({0x01, 0x10, 'x', 0, 0, 0, 0, 0x01, 0x0D, 0, 0, 0, 0}, 2, "without a number");
  expect_refused({0x01, 0x00, 0, 0, 0, 0}, 1, "has 0 bytes");
  expect_refused({0x01, 0x01, 'x', 0, 0, 0, 0}, 1, "drops 1 of 0");
  expect_refused({0x01, 0x10, 0x1B, 0, 0, 0, 0}, 1, "control characters");
  expect_refused({0x01, 0x10, 0xFF, 0, 0, 0, 0}, 1, "not UTF-8");
  expect_refused({0x01, 0xF0, 0xF1, 0x01}, 1, "more than 255");
  expect_refused({0x01, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, 1,
                 "more than 255");
  expect_refused({0x01, 0x10, 'x', 0, 0, 0, 0, 0x01, 0x00, 0, 0, 0, 0}, 2, "two tensors are called 'x'");
}

// Every kind, each by its own suffix, beside what such a row takes with its name in it.
TEST(Directory, ShortRowsSayTheSameAsLongOnes) {
  std::vector<DirectoryRow> rows = {row("a.weight", {6, 4}, TensorEncoding::layer, 9),
                                    row("a.bias", {6}, TensorEncoding::float32),
                                    row("a.running_mean", {6}, TensorEncoding::float16),
                                    row("a.running_var", {6}, TensorEncoding::float32),
                                    row("a.num_batches_tracked", {6}, TensorEncoding::float16, 0, 2),
                                    row("b.weight", {5}, TensorEncoding::float16),
                                    row("c.weight", {7, 2}, TensorEncoding::layer, 3),
                                    row("c.bias", {7}, TensorEncoding::float16)};
  const std::vector<GrainEntry> entries = decode(encode_directory(rows), rows.size());
  const std::vector<std::uint64_t> bytes = {10, 5, 5, 5, 2, 9, 10, 5};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(entries[i].name, rows[i].entry.name);
    EXPECT_EQ(entries[i].shape, rows[i].entry.shape);
    EXPECT_EQ(entries[i].shares_payload, rows[i].rows_back > 0);
    if (rows[i].rows_back == 0) {
      EXPECT_EQ(entries[i].encoding, rows[i].entry.encoding);
    }
    EXPECT_EQ(entries[i].directory_bytes, bytes[i]) << i;
  }
}

TEST(Directory, RefusesShortRowsOfUnknownKinds) {
  for (const int code : {6, 7}) {
    const auto head = static_cast<std::uint8_t>(3 | code << 2 | 1 << 5);
    expect_refused({0x01, 0x10, 'x', 0, 0, 0, 0, head, 0, 0, 0, 0}, 2, "unknown kind");
  }
  expect_refused({0x2B, 0, 0, 0, 0}, 1, "the previous row lacks");
}

TEST(Directory, RefusesBackReferencesThatLeaveTheFile) {
  expect_refused({0x03, 0x10, 'x', 0x01}, 1, "not there");
  expect_refused({0x03, 0x10, 'x', 0x00}, 1, "not there");
  expect_refused({0x01, 0x10, 'x', 0, 0, 0, 0, 0x03, 0x11, 'y', 0x02}, 2, "not there");
  expect_refused({0x01, 0x10, 'x', 0, 0, 0, 0, 0x37, 0x02}, 2, "not there");
  expect_refused({0x05, 0x10, 'x', 0, 0, 0, 0}, 1, "the previous row lacks");
}

TEST(Directory, RefusesShapesBeyondAnyTensor) {
  // any_shape with 17 dimensions, and two dimensions of 2^32 each.
  Bytes seventeen = {0x09, 0x10, 'x', 17};
  seventeen.insert(seventeen.end(), 21, 1);
  expect_refused(seventeen, 1, "more than 16 dimensions");
  expect_refused({0x0D, 0x10, 'x', 0x80, 0x80, 0x80, 0x80, 0x10, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0}, 1,
                 "beyond 2^48");
}

TEST(Directory, FewBytesHoldNoMoreWeightsInMemoryThanAnyTensorNeeds) {
  const std::int64_t allowed = (1 << 24) + 10 * (1 << 14);
  EXPECT_NO_THROW(check_tensor_density({allowed}, 10, "x"));
  EXPECT_THROW(check_tensor_density({allowed + 2 * (1 << 14)}, 10, "x"), DataError);
  EXPECT_NO_THROW(check_file_density((1 << 26) + 1000 * (1 << 14), 1000, "x"));
  EXPECT_THROW(check_file_density((1 << 26) + 1002 * (1 << 14), 1000, "x"), DataError);
}

// Names for one payload are as good a bomb: 20 copies of 2^23 pruned weights in a file of some hundred bytes.
TEST(Directory, ATensorRepeatedTooOftenIsNotHeldInMemory) {
  const Tensor pruned = {"x", {1 << 23}, std::vector<float>(1 << 23)};
  const Plan plan = {{{"x", parse_candidate("layer/quantize+ans bits=4")}}, SmallTensorRule::float16};
  const Bytes one = encode_grain({pruned}, plan);
  const GrainEntry entry = GrainReader::parse(one, "one").entries().at(0);
  GrainWriter writer(payloads_in_memory());
  for (int i = 0; i < 20; ++i) {
    writer.begin(fmt::format("x{}", i), pruned.shape, TensorEncoding::layer);
    writer.append(GrainReader::parse(one, "one").payload(entry));
    writer.end();
  }
  Bytes file;
  writer.write(
      [&](std::span<const std::uint8_t> piece) { file.insert(file.end(), piece.begin(), piece.end()); }, "",
      {});
  const GrainReader reader = GrainReader::parse(file, "bomb");
  EXPECT_EQ(reader.decode(reader.entries().at(19)).values, pruned.values) << "one by one";
  EXPECT_THROW(reader.decode_all(), DataError);
}

TEST(Directory, RefusesPayloadsBeyondAnyFile) {
  Bytes bytes;
  for (int i = 0; i < 2; ++i) {
    bytes.insert(bytes.end(),
                 {0x00, static_cast<std::uint8_t>(i == 0 ? 0x10 : 0x11), static_cast<std::uint8_t>('x' + i)});
    append_varint(bytes, (std::uint64_t{1} << 62) - 200);
    bytes.insert(bytes.end(), 4, 0);
  }
  expect_refused(bytes, 2, "beyond 2^62");
}

TEST(Directory, RefusesWrongCounts) {
  const Bytes one = encode_directory(std::vector{row("x", {}, TensorEncoding::float32)});
  expect_refused(one, 0, "after the last row");
  expect_refused(one, 2, "bytes wanted");
  for (std::size_t length = 0; length < one.size(); ++length) {
    expect_refused(Bytes(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(length)), 1, "bytes wanted");
  }
}

TEST(Varint, HasOneSpellingPerValue) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{1} << 35, ~std::uint64_t{0}}) {
    Bytes bytes;
    append_varint(bytes, value);
    EXPECT_EQ(ByteReader(bytes, "test").varint(), value);
  }
  for (const Bytes& bytes : {Bytes{0x80, 0x00}, Bytes{0xFF, 0x80, 0x00}, Bytes(9, 0xFF), Bytes(11, 0x80),
                             Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}}) {
    EXPECT_THROW(ByteReader(bytes, "test").varint(), DataError);
  }
}

}  // namespace
}  // namespace adagrain
