#include "datasets/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

using Bytes = std::vector<std::uint8_t>;

class IdxTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const Bytes& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }

  std::filesystem::path write_gzip(const std::string& name, const Bytes& bytes) const {
    const std::filesystem::path file = folder_ / name;
    gzFile output = gzopen(file.c_str(), "wb");
    gzwrite(output, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(output);
    return file;
  }

  const TemporaryFolder folder_;
};

void append_big_endian(Bytes& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes idx(const std::vector<std::uint32_t>& dimensions, const Bytes& values) {
  Bytes bytes = {0, 0, 8, static_cast<std::uint8_t>(dimensions.size())};
  for (const std::uint32_t dimension : dimensions) append_big_endian(bytes, dimension);
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

void expect_refused(const std::function<void()>& read, const std::vector<std::string>& parts) {
  try {
    read();
    ADD_FAILURE() << "accepted; expected: " << parts.back();
  } catch (const DataError& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST_F(IdxTest, PlainAndGzipFilesReadTheSame) {
  const Bytes values = {1, 2, 3, 4, 5, 6};
  const Bytes bytes = idx({1, 2, 3}, values);
  for (const auto& file : {write("plain", bytes), write_gzip("packed.gz", bytes)}) {
    const IdxFile read = read_idx(file, 3);
    EXPECT_EQ(read.dimensions, (std::vector<std::uint32_t>{1, 2, 3}));
    EXPECT_EQ(read.values, values);
    EXPECT_EQ(read.crc, crc32(bytes)) << "the checksum is of the unpacked file";
  }
}

TEST_F(IdxTest, EveryTruncationIsRefused) {
  const Bytes bytes = idx({2, 2, 2}, Bytes(8, 7));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto file = write("cut", Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_THROW(read_idx(file, 3), DataError) << size << " bytes";
  }
  expect_refused([&] { read_idx(write("cut", Bytes(bytes.begin(), bytes.end() - 1)), 3); },
                 {"cut", "holds 7 values", "promises 8"});
  expect_refused(
      [&] {
        read_idx(write("short", {0, 0, 8, 3}), 3);
      },
      {"has 4 bytes", "3 dimensions needs 16"});
}

TEST_F(IdxTest, EveryTruncationOfAGzipFileIsRefused) {
  const Bytes packed = read_file(write_gzip("whole.gz", idx({3, 4, 4}, Bytes(48, 9))));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto file =
        write("cut.gz", Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_THROW(read_idx(file, 3), DataError) << size << " of " << packed.size() << " bytes";
  }
}

TEST_F(IdxTest, TrailingBytesAreRefused) {
  Bytes bytes = idx({4}, {0, 1, 2, 3});
  bytes.push_back(9);
  expect_refused([&] { read_idx(write("long", bytes), 1); }, {"long", "holds 5 values", "promises 4"});
}

TEST_F(IdxTest, AnotherTypeOrRankIsRefused) {
  Bytes floats = idx({1}, {0, 0, 0, 0});
  floats[2] = 0x0D;
  expect_refused([&] { read_idx(write("floats", floats), 1); }, {"00000d01", "00000801"});
  expect_refused([&] { read_idx(write("labels", idx({20}, Bytes(20))), 3); }, {"00000801", "00000803"});
}

TEST_F(IdxTest, MemoryStaysWithinTheLimit) {
  // A small file that promises 2^96 values, one that unpacks to more than it may, and a header at the limit.
  expect_refused([&] { read_idx(write("huge", idx({~0u, ~0u, ~0u}, {1})), 3); }, {"promises more than"});
  expect_refused([&] { read_idx(write_gzip("bomb.gz", idx({1}, Bytes(1 << 20))), 1, 1 << 16); },
                 {"unpacks to more than 65536 bytes"});
  EXPECT_EQ(read_idx(write("full", idx({8}, Bytes(8))), 1, 16).values.size(), 8u);
}

TEST_F(IdxTest, DamagedGzipIsRefused) {
  const auto file = write_gzip("packed.gz", idx({256}, Bytes(256, 5)));
  Bytes bytes = read_file(file);
  bytes[bytes.size() - 6] ^= 1;  // the stored CRC
  expect_refused([&] { read_idx(write("packed.gz", bytes), 1); }, {"packed.gz", "cannot unpack"});
}

// 5,004 training images of 2x2 and 3 test images; the first pixel of an image is its number modulo 251.
class SmallIdxSet : public IdxTest {
 protected:
  SmallIdxSet() {
    write("train-images-idx3-ubyte", images(5004));
    write_gzip("train-labels-idx1-ubyte.gz", labels(5004));
    write_gzip("t10k-images-idx3-ubyte.gz", images(3));
    write("t10k-labels-idx1-ubyte", labels(3));
  }

  static Bytes images(std::uint32_t count, std::uint32_t side = 2) {
    Bytes values(static_cast<std::size_t>(count) * side * side, 0);
    for (std::size_t i = 0; i < count; ++i) values[i * side * side] = static_cast<std::uint8_t>(i % 251);
    return idx({count, side, side}, values);
  }

  static Bytes labels(std::uint32_t count) {
    Bytes values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i % 10);
    return idx({count}, values);
  }
};

TEST_F(SmallIdxSet, TheLastFiveThousandTrainingImagesValidate) {
  const DatasetSplits data = load_idx_dataset({folder_.path(), "fetch them"});
  EXPECT_EQ(data.train.count, 4);
  EXPECT_EQ(data.validation.count, 5000);
  EXPECT_EQ(data.test.count, 3);
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(data.train.labels, (Bytes{0, 1, 2, 3}));
  EXPECT_EQ(data.validation.pixels[0], 4);
  EXPECT_EQ(data.validation.labels[0], 4);
  EXPECT_EQ(data.validation.pixels.size(), 5000u * 4);
  EXPECT_EQ(data.validation.pixels[4 * 4999], 5003 % 251);
}

TEST_F(SmallIdxSet, MeanAndSpreadAreOfTheTrainingPixelsAlone) {
  const DatasetSplits data = load_idx_dataset({folder_.path(), "fetch them"});
  // Sixteen pixels: 0, 1, 2, 3 and twelve zeros. Sum 6, sum of squares 14.
  const double mean = 6.0 / 16, variance = 14.0 / 16 - mean * mean;
  EXPECT_NEAR(data.mean, mean / 255, 1e-12);
  EXPECT_NEAR(data.standard_deviation, std::sqrt(variance) / 255, 1e-12);
}

TEST_F(SmallIdxSet, AMissingFileSaysHowToGetIt) {
  std::filesystem::remove(folder_ / "t10k-labels-idx1-ubyte");
  expect_refused(
      [&] {
        load_idx_dataset({folder_.path(), "fetch them"});
      },
      {"t10k-labels-idx1-ubyte.gz", folder_.path().string(), "fetch them"});
}

TEST_F(SmallIdxSet, ACutFileSaysHowToGetItToo) {
  Bytes cut = images(5004);
  cut.resize(cut.size() / 2);
  write("train-images-idx3-ubyte", cut);
  expect_refused(
      [&] {
        load_idx_dataset({folder_.path(), "fetch them"});
      },
      {"train-images-idx3-ubyte", "its header promises", "fetch them"});
}

TEST_F(SmallIdxSet, LabelsMustMatchImagesAndClasses) {
  const auto load = [&] { load_idx_dataset({folder_.path(), "fetch them"}); };
  write("t10k-labels-idx1-ubyte", idx({2}, {0, 1}));
  expect_refused(load, {"t10k-images-idx3-ubyte.gz: has 3 images", "t10k-labels-idx1-ubyte has 2 labels"});
  write("t10k-labels-idx1-ubyte", idx({3}, {0, 10, 1}));
  expect_refused(load, {"t10k-labels-idx1-ubyte", "label 1 is 10", "allowed 0..9"});
  write("t10k-labels-idx1-ubyte", idx({3}, {0, 9, 1}));
  EXPECT_EQ(load_idx_dataset({folder_.path(), "fetch them"}).test.labels, (Bytes{0, 9, 1}));
}

TEST_F(SmallIdxSet, AWrongChecksumIsRefused) {
  const std::vector<std::uint32_t> right = {crc32(images(5004)), crc32(labels(5004)), crc32(images(3)),
                                            crc32(labels(3))};
  EXPECT_NO_THROW(load_idx_dataset({folder_.path(), "fetch them", right}));
  std::vector<std::uint32_t> wrong = right;
  wrong[3] ^= 1;
  expect_refused(
      [&] {
        load_idx_dataset({folder_.path(), "fetch them", wrong});
      },
      {"t10k-labels-idx1-ubyte", "CRC-32", "fetch them"});
}

TEST_F(SmallIdxSet, SetsThatCannotBeUsedAreRefused) {
  write_gzip("t10k-images-idx3-ubyte.gz", images(3, 3));
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"images are 3x3", "2x2"});
  write("train-images-idx3-ubyte", images(5000));
  write_gzip("train-labels-idx1-ubyte.gz", labels(5000));
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"has 5000 images", "more than 5000"});
  write_gzip("t10k-images-idx3-ubyte.gz", images(3));
  write("train-images-idx3-ubyte", idx({5004, 2, 2}, Bytes(5004 * 4, 77)));
  write_gzip("train-labels-idx1-ubyte.gz", labels(5004));
  expect_refused(
      [&] {
        load_idx_dataset({folder_.path(), ""});
      },
      {"train-images", "no two different pixels"});
}

TEST(DataFolder, TheEnvironmentGoesFirstWhereItHasTheSet) {
  const char* before = std::getenv("ADAGRAIN_DATA");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("ADAGRAIN_DATA", "/data", 1);
  EXPECT_EQ(data_folder("mnist", "/elsewhere"), "/data/mnist");
  const TemporaryFolder there;
  EXPECT_EQ(data_folder("mnist", there.path()), there.path())
      << "a set that is not in the environment's folder";
  ::unsetenv("ADAGRAIN_DATA");
  EXPECT_EQ(data_folder("mnist", "/elsewhere"), "/elsewhere");
  if (before != nullptr) ::setenv("ADAGRAIN_DATA", kept.c_str(), 1);
}

}  // namespace
}  // namespace adagrain
