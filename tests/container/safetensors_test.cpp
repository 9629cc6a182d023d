#include "framework/container/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/container/float16.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

// Header length, header, data: the three parts of a file.
Bytes file_of(const std::string& header, const Bytes& data = {}) {
  Bytes bytes;
  append_little_endian<std::uint64_t>(bytes, header.size());
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

SafetensorsFile parse(const Bytes& bytes) {
  return parse_safetensors(bytes, "test");
}

void expect_refused(const Bytes& bytes, const std::string& reason) {
  try {
    parse(bytes);
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

std::string row(const std::string& name, const std::string& dtype, const std::string& shape, int begin,
                int end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype, shape, begin,
                     end);
}

std::string object(const std::string& rows) {
  return fmt::format("{{{}}}", rows);
}

// import torch; from safetensors.torch import save_file
// save_file({"b": torch.tensor([[1., 2.], [3., -4.]]), "a": torch.tensor([7])}, "x", {"format": "pt"})
// The library sorts by alignment, then by name: the eight-byte type first.
TEST(Safetensors, ReadsTheReferenceLayout) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}   )";
  ASSERT_EQ(header.size() % 8, 0U);
  const Bytes data = {7,    0, 0, 0,    0, 0, 0,    0,    0, 0, 0x80, 0x3F,
                      0x00, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0xC0};
  const SafetensorsFile file = parse(file_of(header, data));
  EXPECT_EQ(file.metadata.at("format"), "pt");
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0], (Tensor{"a", {1}, {7}}));
  EXPECT_EQ(file.tensors[1], (Tensor{"b", {2, 2}, {1, 2, 3, -4}}));
}

TEST(Safetensors, OrderIsThatOfTheData) {
  const std::string header = object(row("last", "F32", "[1]", 4, 8) + "," + row("first", "F32", "[1]", 0, 4));
  const SafetensorsFile file = parse(file_of(header, Bytes(8)));
  EXPECT_EQ(file.tensors[0].name, "first");
  EXPECT_EQ(file.tensors[1].name, "last");
}

// struct.pack("<e", -1.5), the upper half of struct.pack("<f", -1.5), struct.pack("<d", 0.1), -3 as "<i" and
// "<q"
TEST(Safetensors, ReadsEveryListedType) {
  const auto one = [](const std::string& dtype, const Bytes& data) {
    return parse(file_of(object(row("x", dtype, "[1]", 0, static_cast<int>(data.size()))), data))
        .tensors.at(0)
        .values.at(0);
  };
  EXPECT_EQ(one("F16", {0x00, 0xBE}), -1.5F);
  EXPECT_EQ(one("BF16", {0xC0, 0xBF}), -1.5F);
  EXPECT_EQ(one("F32", {0x00, 0x00, 0xC0, 0xBF}), -1.5F);
  EXPECT_EQ(one("F64", {0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F}), 0.1F);
  EXPECT_EQ(one("I32", {0xFD, 0xFF, 0xFF, 0xFF}), -3.0F);
  EXPECT_EQ(one("I64", {0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), -3.0F);
}

TEST(Safetensors, RefusesOtherTypesByName) {
  expect_refused(file_of(object(row("x", "F8_E4M3", "[1]", 0, 1)), Bytes(1)), "F8_E4M3");
  expect_refused(file_of(object(row("x", "BOOL", "[1]", 0, 1)), Bytes(1)), "BOOL");
}

TEST(Safetensors, RefusesDoublesBeyondFloat32) {
  Bytes data;
  append_little_endian(data, std::bit_cast<std::uint64_t>(1e39));
  expect_refused(file_of(object(row("x", "F64", "[1]", 0, 8)), data), "beyond float32");
}

TEST(Safetensors, WritesAndReadsBackEveryBit) {
  const TemporaryFile file("round.safetensors");
  const float odd_nan = std::bit_cast<float>(0x7FA12345U);
  const Checkpoint tensors = {{"conv.weight", {1, 2, 1, 2}, {-0.0F, 1e-42F, INFINITY, odd_nan}},
                              {"empty", {0, 3}, {}},
                              {"scalar \"quoted\" \xC3\xA9", {}, {3.25F}}};
  write_safetensors(file.path, tensors, {{"recipe", "a\nb"}});
  const SafetensorsFile read = read_safetensors(file.path);
  EXPECT_EQ(read.metadata.at("recipe"), "a\nb");
  ASSERT_EQ(read.tensors.size(), 3U);
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(read.tensors[t].name, tensors[t].name);
    EXPECT_EQ(read.tensors[t].shape, tensors[t].shape);
    for (std::size_t i = 0; i < tensors[t].values.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(read.tensors[t].values[i]),
                std::bit_cast<std::uint32_t>(tensors[t].values[i]));
    }
  }
}

TEST(Safetensors, SizeIsThatOfTheFileWrittenWithoutMetadata) {
  const TemporaryFile file("size.safetensors");
  for (const Checkpoint& tensors : {Checkpoint{}, Checkpoint{{"w", {3}, {1, 2, 3}}, {"b", {1}, {4}}}}) {
    write_safetensors(file.path, tensors);
    EXPECT_EQ(std::filesystem::file_size(file.path), safetensors_bytes(tensors));
    EXPECT_EQ(read_safetensors(file.path).tensors, tensors);
  }
}

// The bytes that safetensors.torch.save_file writes for one float32 tensor.
TEST(Safetensors, WritesTheReferenceLayout) {
  const TemporaryFile file("layout.safetensors");
  write_safetensors(file.path, {{"w", {2}, {1, -2}}}, {{"format", "pt"}});
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_file(file.path), file_of(padded, {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0}));
}

TEST(Safetensors, RefusesToWriteWhatCannotBeReadBack) {
  const TemporaryFile file("never.safetensors");
  EXPECT_THROW(write_safetensors(file.path, {{"w", {1}, {1}}, {"w", {1}, {2}}}), DataError);
  EXPECT_THROW(write_safetensors(file.path, {{"__metadata__", {1}, {1}}}), DataError);
  EXPECT_THROW(write_safetensors(file.path, {{"\xFF", {1}, {1}}}), DataError);
  EXPECT_FALSE(std::filesystem::exists(file.path));
}

TEST(Safetensors, RefusesHostileHeaderLengths) {
  expect_refused({}, "at least 8");
  expect_refused(Bytes(7), "at least 8");
  expect_refused(Bytes(8), "does not begin");
  for (const std::uint64_t length : {std::uint64_t{9}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    Bytes bytes;
    append_little_endian(bytes, length);
    bytes.insert(bytes.end(), {'{', '}'});
    expect_refused(bytes, "header of");
  }
}

TEST(Safetensors, RefusesGapsOverlapsAndTails) {
  expect_refused(file_of(object(row("a", "F32", "[1]", 4, 8)), Bytes(8)), "begins at byte 4");
  expect_refused(file_of(object(row("a", "F32", "[2]", 0, 8) + "," + row("b", "F32", "[1]", 4, 8)), Bytes(8)),
                 "begins at byte 4");
  expect_refused(file_of(object(row("a", "F32", "[1]", 0, 4)), Bytes(5)), "cover 4 of 5");
  expect_refused(file_of(object(row("a", "F32", "[2]", 0, 8)), Bytes(4)), "allowed 0..4");
  expect_refused(file_of(object(row("a", "F32", "[1]", 4, 0)), Bytes(4)), "in order");
}

TEST(Safetensors, RefusesShapesThatDoNotFitTheData) {
  expect_refused(file_of(object(row("a", "F32", "[2]", 0, 4)), Bytes(4)), "2 elements of 32 bits in 4");
  expect_refused(file_of(object(row("a", "F32", "[0]", 0, 4)), Bytes(4)), "0 elements");
  // The product wraps to 1 in 64 bits, and an empty tensor hides a product that overflows.
  expect_refused(file_of(object(row("a", "F32", "[4294967297,4294967297,1]", 0, 4)), Bytes(4)), "2^48");
  expect_refused(file_of(object(row("a", "F32", "[0,9223372036854775807,4]", 0, 0))), "2^48");
  expect_refused(file_of(object(row("a", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 0, 4)), Bytes(4)),
                 "more than 16 numbers");
}

TEST(Safetensors, RefusesNumbersThatAreNoCounts) {
  for (const std::string shape : {"[1.0]", "[-1]", "[1e0]", "[18446744073709551617]", "[null]", "[true]",
                                  "[\"1\"]", "[[1]]", "[{}]", "1", "\"1\"", "null", "{}"}) {
    expect_refused(file_of(object(row("a", "F32", shape, 0, 4)), Bytes(4)), "the header has");
  }
}

TEST(Safetensors, RefusesDuplicates) {
  expect_refused(file_of(object(row("a", "F32", "[1]", 0, 4) + "," + row("a", "F32", "[1]", 4, 8)), Bytes(8)),
                 "'a' appears twice");
  expect_refused(file_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}})"),
                 "'dtype' twice");
  expect_refused(file_of(R"({"__metadata__":{"k":"1","k":"2"}})"), "'k' appears twice");
}

TEST(Safetensors, PassesOverWhatTheReferenceReaderPassesOver) {
  for (const std::string extra :
       {R"("x")", "1", "-1", "1.5", "null", "true", "[1,[2,{}]]", R"({"dtype":{"shape":[]}})"}) {
    const std::string first =
        R"({"a":{"extra":)" + extra + R"(,"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    const std::string last =
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":)" + extra + "}}";
    EXPECT_EQ(parse(file_of(first, Bytes(4))).tensors.at(0).shape, (Shape{1})) << first;
    EXPECT_EQ(parse(file_of(last, Bytes(4))).tensors.at(0).shape, (Shape{1})) << last;
  }
  EXPECT_TRUE(parse(file_of(R"({"__metadata__":null})")).metadata.empty());
  EXPECT_EQ(parse(file_of(object(row("", "F32", "[1]", 0, 4)), Bytes(4))).tensors.at(0).name, "");
}

TEST(Safetensors, FilesOfOtherKindsAreToldApartInWords) {
  const std::pair<std::string, std::string> kinds[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a Git LFS pointer"},
      {R"({"weight_map": {"a": "model-00001-of-00002.safetensors"}})", "JSON text"},
      {"PK\x03\x04 archive/data.pkl and more", "a zip archive"},
      {"\x80\x02}q\x01.and more", "a Python pickle"},
      {"{", "JSON text"}};
  for (const auto& [text, words] : kinds) expect_refused(Bytes(text.begin(), text.end()), words);
  // A header of 123 bytes begins with a brace as well.
  const std::string padded = object(row("a", "F32", "[1]", 0, 4));
  EXPECT_EQ(parse(file_of(padded + std::string(123 - padded.size(), ' '), Bytes(4))).tensors.size(), 1u);
}

TEST(Safetensors, RefusesMissingKeysAndMetadataThatIsNoText) {
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[0]}})"), "needs dtype");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}})"), "needs dtype");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}})"), "more than 2");
  expect_refused(file_of(R"({"__metadata__":{"k":1}})"), "a number");
}

TEST(Safetensors, RefusesWhatIsNoJson) {
  for (const std::string text :
       {"{", "{}{}", "{\"a\"}", "{} x", "{\"a\":}", "{\"\xFF\":{}}", "{'a':{}}", "{,}"}) {
    expect_refused(file_of(text), "no valid JSON");
  }
  expect_refused(file_of("[]"), "does not begin");
  expect_refused(file_of(" {}"), "does not begin");
}

TEST(Safetensors, DepthBombsCostNothing) {
  std::string objects, lists = "{\"a\":{\"shape\":";
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  expect_refused(file_of(objects), "no valid JSON");
  expect_refused(file_of(lists + std::string(1'000'000, '[')), "the header has a list");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const Bytes whole = file_of(object(row("a", "F16", "[3]", 0, 6)), Bytes(6));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))), DataError);
  }
}

TEST(Float16, EveryHalfSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const std::uint16_t back = float_to_float16(float16_to_float(half));
    // NaNs come back quiet.
    const bool nan = (half & 0x7C00U) == 0x7C00U && (half & 0x3FFU) != 0;
    ASSERT_EQ(back, nan ? half | 0x200U : half) << bits;
  }
}

// struct.unpack("<H", struct.pack("<e", x)) in Python, which rounds to nearest even.
TEST(Float16, RoundsToNearestEven) {
  EXPECT_EQ(float_to_float16(1.0F + 0x1p-11F), 0x3C00);      // a tie, to even
  EXPECT_EQ(float_to_float16(1.0F + 3 * 0x1p-11F), 0x3C02);  // a tie, to even
  EXPECT_EQ(float_to_float16(1.0F + 0x1p-11F + 0x1p-20F), 0x3C01);
  EXPECT_EQ(float_to_float16(2047.9F), 0x6800);  // carries into the exponent
  EXPECT_EQ(float_to_float16(65519.0F), 0x7BFF);
  EXPECT_EQ(float_to_float16(65520.0F), 0x7C00);
  EXPECT_EQ(float_to_float16(-INFINITY), 0xFC00);
  EXPECT_EQ(float_to_float16(0x1p-25F), 0x0000);  // a tie between 0 and the least subnormal
  EXPECT_EQ(float_to_float16(0x1.01p-25F), 0x0001);
  EXPECT_EQ(float_to_float16(3 * 0x1p-25F), 0x0002);
  EXPECT_EQ(float_to_float16(0x1.FFFp-15F), 0x0400);  // rounds up to the least normal
  EXPECT_EQ(float_to_float16(-0.1F), 0xAE66);
}

}  // namespace
}  // namespace adagrain
