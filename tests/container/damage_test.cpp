// Whatever happens to the bytes: an error or the exact tensors, and never more damage than was done.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/container/grain_file.h"
#include "framework/container/grain_layout.h"
#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

Bytes sound_file() {
  const Checkpoint checkpoint = tiny_checkpoint();
  return encode_grain(checkpoint, plan_for(checkpoint, "feature_map/quantize+ans bits=3"), {}, {true, "why"});
}

// Decodes what can be decoded and compares it with the truth. Returns the number of tensors lost.
std::size_t lost_tensors(const Bytes& bytes, const Checkpoint& truth) {
  const GrainReader reader = GrainReader::parse(bytes, "damaged");
  EXPECT_EQ(reader.entries().size(), truth.size());
  std::size_t lost = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    try {
      EXPECT_EQ(reader.decode(reader.entries()[i]), truth[i]) << "wrong values passed as right";
    } catch (const DataError&) {
      ++lost;
    }
  }
  return lost;
}

TEST(Damage, EveryFlippedBitIsAnErrorOrCostsOneTensorAtMost) {
  const Bytes whole = sound_file();
  const Checkpoint truth = GrainReader::parse(whole, "sound").decode_all();
  const GrainReader sound = GrainReader::parse(whole, "sound");
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes bytes = whole;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const bool in_payload = bit / 8 >= sound.overhead_bytes();
    try {
      EXPECT_EQ(lost_tensors(bytes, truth), in_payload ? 1U : 0U) << "bit " << bit;
    } catch (const DataError&) {
      EXPECT_FALSE(in_payload) << "bit " << bit << " of a payload closed the whole file";
    }
  }
}

TEST(Damage, EveryTruncationIsAnErrorOrCostsTheTensorsCutOff) {
  const Bytes whole = sound_file();
  const GrainReader sound = GrainReader::parse(whole, "sound");
  const Checkpoint truth = sound.decode_all();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto cut = std::count_if(
        sound.entries().begin(), sound.entries().end(),
        [&](const GrainEntry& entry) { return entry.payload_offset + entry.payload_bytes > length; });
    try {
      EXPECT_EQ(lost_tensors(bytes, truth), static_cast<std::size_t>(cut));
    } catch (const DataError&) {
      EXPECT_LT(length, sound.overhead_bytes());
    }
  }
}

TEST(Damage, TrailingBytesAreRefused) {
  Bytes bytes = sound_file();
  bytes.push_back(0);
  EXPECT_THROW(GrainReader::parse(bytes, "long"), DataError);
}

TEST(Damage, ADamagedSectionCostsNoTensor) {
  Bytes bytes = sound_file();
  const Checkpoint truth = GrainReader::parse(bytes, "sound").decode_all();
  const std::string why = "why";
  *std::search(bytes.begin(), bytes.end(), why.begin(), why.end()) = 'W';
  const GrainReader reader = GrainReader::parse(bytes, "damaged");
  EXPECT_EQ(reader.damaged_sections(), std::vector<std::string>{"provenance"});
  EXPECT_TRUE(reader.plan_json().has_value());
  EXPECT_EQ(reader.decode_all(), truth);
}

void expect_refused(const Bytes& bytes, const std::string& reason) {
  try {
    GrainReader::parse(bytes, "test");
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

// Header and directory with a right checksum, so that the checks behind it are reached.
Bytes sealed(Bytes bytes) {
  append_little_endian(bytes, crc32(bytes));
  return bytes;
}

TEST(Damage, HostileHeadersAreRefused) {
  expect_refused({}, "bytes wanted");
  expect_refused(sealed({'G', 'R', 'M', 1, 0, 0, 0}), "not a .grain file");
  expect_refused(sealed({'G', 'R', 'N', kGrainMagic[3] + 1, 0, 0, 0}),
                 "version " + std::to_string(kGrainMagic[3] + 1));
  expect_refused(sealed({'G', 'R', 'N', kGrainMagic[3], 4, 0, 0}), "flags 0x4");
  expect_refused(sealed({'G', 'R', 'N', kGrainMagic[3], 0, 1, 0}), "1 tensors in a directory of 0 bytes");
  expect_refused({'G', 'R', 'N', kGrainMagic[3], 0, 0, 0, 1, 2, 3, 4}, "CRC differs");
  Bytes huge = {'G', 'R', 'N', kGrainMagic[3], 0};
  append_varint(huge, ~std::uint64_t{0});
  append_varint(huge, 4);
  huge.insert(huge.end(), 4, 0);
  expect_refused(sealed(huge), "tensors in a directory of 4 bytes");
  Bytes directory = {'G', 'R', 'N', kGrainMagic[3], 0, 0};
  append_varint(directory, ~std::uint64_t{0});
  expect_refused(sealed(directory), "directory of 18446744073709551615 bytes");
  Bytes section = {'G', 'R', 'N', kGrainMagic[3], 1, 0, 0};
  append_varint(section, ~std::uint64_t{0});
  expect_refused(sealed(section), "a section of");
}

TEST(Damage, AClaimOfGigabytesAllocatesNothing) {
  // One float32 tensor of 2^40 elements in a file of 26 bytes: the payload is not there.
  Bytes bytes = {'G', 'R', 'N', kGrainMagic[3], 0, 1, 0, 0x09, 0x10, 'x', 1};
  append_varint(bytes, std::uint64_t{1} << 40);
  bytes.insert(bytes.end(), 4, 0);
  bytes[6] = static_cast<std::uint8_t>(bytes.size() - 7);
  const GrainReader reader = GrainReader::parse(sealed(bytes), "hostile");
  EXPECT_THROW(reader.decode(reader.entries().at(0)), DataError);
}

}  // namespace
}  // namespace adagrain
