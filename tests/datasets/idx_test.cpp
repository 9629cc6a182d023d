#include "datasets/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "framework/core/checksum.h"
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

// 48 training images of 2x2 in ten classes, and 3 test images; the first pixel of an image is its number.
class SmallIdxSet : public IdxTest {
 protected:
  SmallIdxSet() {
    write("train-images-idx3-ubyte", images(48));
    write_gzip("train-labels-idx1-ubyte.gz", labels(48));
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

TEST_F(SmallIdxSet, TheLastTwelfthOfTheTrainingImagesValidates) {
  const DatasetSplits data = load_idx_dataset({folder_.path(), "fetch them"});
  EXPECT_EQ(data.train.count, 44);
  EXPECT_EQ(data.validation.count, 4);
  EXPECT_EQ(data.test.count, 3);
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(data.train.pixels[4 * 43], 43);
  EXPECT_EQ(data.validation.pixels, (Bytes{44, 0, 0, 0, 45, 0, 0, 0, 46, 0, 0, 0, 47, 0, 0, 0}));
  EXPECT_EQ(data.validation.labels, (Bytes{4, 5, 6, 7}));
}

TEST_F(SmallIdxSet, MeanAndSpreadAreOfTheTrainingPixelsAlone) {
  const DatasetSplits data = load_idx_dataset({folder_.path(), "fetch them"});
  // 0 to 43 and three times as many zeros: n (n - 1) / 2 and n (n - 1) (2n - 1) / 6 are their sums.
  const double mean = 44 * 43 / 2 / 176.0, variance = 44 * 43 * 87 / 6 / 176.0 - mean * mean;
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
  Bytes cut = images(48);
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
  expect_refused(load, {"test", "has label 10", "allowed 0..9"});
  write("t10k-labels-idx1-ubyte", idx({3}, {0, 9, 1}));
  EXPECT_EQ(load_idx_dataset({folder_.path(), "fetch them"}).test.labels, (Bytes{0, 9, 1}));
}

TEST_F(SmallIdxSet, AWrongChecksumIsRefused) {
  const std::vector<std::uint32_t> right = {crc32(images(48)), crc32(labels(48)), crc32(images(3)),
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
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"images are 1x3x3", "1x2x2"});
  write_gzip("t10k-images-idx3-ubyte.gz", images(3));
  write("train-images-idx3-ubyte", images(11));
  write_gzip("train-labels-idx1-ubyte.gz", labels(11));
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"has 11 training images", "at least 12"});
  write("train-images-idx3-ubyte", idx({48, 2, 2}, Bytes(48 * 4, 77)));
  write_gzip("train-labels-idx1-ubyte.gz", labels(48));
  expect_refused(
      [&] {
        load_idx_dataset({folder_.path(), ""});
      },
      {"training images", "no two different pixels"});
}

TEST_F(SmallIdxSet, AFolderOfOnesOwnIsTakenAsItIs) {
  const Bytes colours = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
  const TemporaryFolder folder;
  const auto put = [&](const std::string& name, const Bytes& bytes) {
    std::filesystem::copy_file(write("part", bytes), folder / name,
                               std::filesystem::copy_options::overwrite_existing);
  };
  for (const char* split : {"train", "validation", "test"}) {
    put(std::string(split) + "-images-idx4-ubyte", idx({2, 3, 1, 2}, colours));
    put(std::string(split) + "-labels-idx1-ubyte", idx({2}, {2, 0}));
  }
  const std::string specification = "idx:" + folder.path().string();
  const DatasetSplits data = load_dataset(specification);
  EXPECT_EQ(data.classes, 3);
  for (const LabelledImages* images : {&data.train, &data.validation, &data.test}) {
    EXPECT_EQ(images->count, 2);
    EXPECT_EQ(images->channels, 3);
    EXPECT_EQ(images->height, 1);
    EXPECT_EQ(images->width, 2);
    EXPECT_EQ(images->pixels, colours);
    EXPECT_EQ(images->labels, (Bytes{2, 0}));
  }
  put("validation-labels-idx1-ubyte", idx({2}, {1, 3}));
  expect_refused([&] { load_dataset(specification); }, {"validation", "has label 3", "allowed 0..2"});
  put("validation-labels-idx1-ubyte", idx({1}, {1}));
  expect_refused([&] { load_dataset(specification); }, {"validation-images", "has 2 images", "has 1 labels"});
  put("validation-labels-idx1-ubyte", idx({2}, {0, 0}));
  put("train-labels-idx1-ubyte", idx({2}, {0, 0}));
  expect_refused([&] { load_dataset(specification); }, {"1 classes", "at least 2"});
}

TEST_F(SmallIdxSet, ASplitWithoutImagesIsRefused) {
  write_gzip("t10k-images-idx3-ubyte.gz", images(0));
  write("t10k-labels-idx1-ubyte", labels(0));
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"test", "0 images"});
  write("train-images-idx3-ubyte", idx({48, 0, 0}, {}));
  expect_refused([&] { load_idx_dataset({folder_.path(), ""}); }, {"no two different pixels"});
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
