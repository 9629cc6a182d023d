#include "framework/report/results_file.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "framework/report/hdf5_writer.h"
#include "tests/report/other_reader.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

const std::vector<Column> kColumns = {{"run", Column::Type::text, "", 24},
                                      {"step", Column::Type::integer, "", 0},
                                      {"seconds", Column::Type::real, "s", 0},
                                      {"kept", Column::Type::boolean, "", 0}};

Results sample(std::int64_t rows) {
  Results results;
  ResultsTable& table = results.tables["/group/runs"];
  table.columns = kColumns;
  for (std::int64_t step = 0; step < rows; ++step)
    table.rows.push_back(
        {fmt::format("lenet_größe_{}", step), step, 0.5 * static_cast<double>(step), step % 3 == 0});
  results.tables["/empty"].columns = {kColumns[1]};
  results.texts["config"] = "name: quickstart\n";
  results.texts["note"] = "";
  return results;
}

class ResultsFileTest : public testing::Test {
 protected:
  void expect_refused(const std::function<void()>& action, const std::string& reason) const {
    try {
      action();
      ADD_FAILURE() << "accepted; expected: " << reason;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "a.h5";
};

TEST_F(ResultsFileTest, WhatIsWrittenIsReadBack) {
  Results results = sample(5);
  results.tables["/group/runs"].rows.push_back({std::string(24, 'w'),
                                                std::numeric_limits<std::int64_t>::min(),
                                                std::numeric_limits<double>::infinity(), true});
  write_results(file_, results);
  const Results read = read_results(file_);
  EXPECT_EQ(read.texts, results.texts);
  ASSERT_EQ(read.tables.size(), results.tables.size());
  for (const auto& [path, table] : results.tables) {
    EXPECT_EQ(read.table(path).columns, table.columns);
    EXPECT_EQ(read.table(path).rows, table.rows);
  }
  EXPECT_THROW(read.table("/nothing"), DataError);
  EXPECT_THROW(read.text("nothing"), DataError);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1)
      << "temporary files stay";
}

TEST_F(ResultsFileTest, OtherProgramsReadTheSame) {
  Results results = sample(5000);
  results.texts["long"] = std::string(300'000, 'c');
  std::vector<float> values(6000);
  for (std::size_t index = 0; index < values.size(); ++index) values[index] = static_cast<float>(index) / 7;
  results.arrays["/arrays/fisher"] = {values, {20, 300}};
  results.arrays["/arrays/empty"] = {{}, {0, 3}};
  write_results(file_, results);
  EXPECT_LT(std::filesystem::file_size(file_), 300'000U + 150'000U) << "rows are not packed";
  const OtherReader other(file_);
  const auto steps = other.numbers<std::int64_t>("/group/runs", "step", H5T_NATIVE_INT64);
  const auto seconds = other.numbers<double>("/group/runs", "seconds", H5T_NATIVE_DOUBLE);
  ASSERT_EQ(steps.size(), 5000U);
  for (std::size_t row = 0; row < steps.size(); ++row) {
    ASSERT_EQ(steps[row], static_cast<std::int64_t>(row));
    ASSERT_EQ(seconds[row], 0.5 * static_cast<double>(row));
  }
  EXPECT_TRUE(other.numbers<std::int64_t>("/empty", "step", H5T_NATIVE_INT64).empty());
  EXPECT_EQ(other.numbers<float>("/arrays/fisher", nullptr, H5T_NATIVE_FLOAT), values);
  EXPECT_TRUE(other.numbers<float>("/arrays/empty", nullptr, H5T_NATIVE_FLOAT).empty());
  EXPECT_EQ(other.attribute("/group/runs", "seconds.unit"), "s");
  EXPECT_EQ(other.attribute("/", "config"), results.texts["config"]);
  EXPECT_EQ(other.dataset_text("/long"), results.texts["long"]);
}

TEST_F(ResultsFileTest, EveryAlterationIsSeen) {
  write_results(file_, sample(20));
  const std::vector<std::uint8_t> bytes = read_file(file_);
  RandomStream random(1, "alterations");
  for (int round = 0; round < 600; ++round) {
    std::vector<std::uint8_t> altered = bytes;
    if (round % 3 == 0) {
      altered.resize(random.below(bytes.size()));
    } else {
      const std::uint64_t place = round % 3 == 1 ? random.below(512) : random.below(bytes.size());
      altered[place] ^= static_cast<std::uint8_t>(1U << random.below(8));
    }
    write_file_atomically(file_, altered);
    EXPECT_THROW(read_results(file_), DataError) << round;
  }
}

TEST_F(ResultsFileTest, OtherFilesAreRefusedInWords) {
  write_file_atomically(file_, std::string(2000, 'x'));
  expect_refused([&] { read_results(file_); }, "is not a results file");
  write_file_atomically(file_, std::string());
  expect_refused([&] { read_results(file_); }, "is not a results file");
  write_file_atomically(file_, hdf5_file(sample(3)));
  expect_refused([&] { read_results(file_); }, "another program has made it or saved it again");
  expect_refused([&] { read_results(folder_.path()); }, "not a regular file");
  expect_refused([&] { read_results(folder_ / "none.h5"); }, "No such file");
}

// A file whose tables lie in somebody else's, as HDF5 allows, with whatever seal its author could make.
TEST_F(ResultsFileTest, DataInOtherFilesIsOutOfReach) {
  std::ofstream(folder_ / "secret") << std::string(800, 's');
  const hid_t own_block = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_userblock(own_block, 512);
  const hid_t file = H5Fcreate(file_.c_str(), H5F_ACC_TRUNC, own_block, H5P_DEFAULT);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(properties, (folder_ / "secret").c_str(), 0, 800);
  const hsize_t size = 100;
  const hid_t space = H5Screate_simple(1, &size, nullptr);
  const hid_t dataset = H5Dcreate2(file, "/runs", H5T_STD_I64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  ASSERT_GE(dataset, 0);
  H5Dclose(dataset);
  H5Fclose(file);
  std::vector<std::uint8_t> bytes = read_file(file_);
  for (const std::string& seal :
       {fmt::format("AdaGrain results, HDF5 from byte 512. sealed crc32 {:08x}\n",
                    crc32(std::span(bytes).subspan(512))),
        fmt::format("AdaGrain results, HDF5 from byte 512. Journal: the last 0 bytes, inflated 0. CRC-32 "
                    "from byte 512: {:08x}\n",
                    crc32(std::span(bytes).subspan(512)))}) {
    std::copy(seal.begin(), seal.end(), bytes.begin());
    write_file_atomically(file_, bytes);
    EXPECT_THROW(read_results(file_), DataError);
  }
}

TEST_F(ResultsFileTest, AReaderKeepsTheFileItHasOpen) {
  write_results(file_, sample(3));
  const OtherReader reader(file_);
  write_results(file_, sample(7));
  EXPECT_EQ(reader.numbers<std::int64_t>("/group/runs", "step", H5T_NATIVE_INT64).size(), 3U);
  EXPECT_EQ(read_results(file_).table("/group/runs").rows.size(), 7U);
}

TEST_F(ResultsFileTest, UnwritablePlacesSayWhy) {
  expect_refused([&] { write_results(folder_ / "no" / "a.h5", sample(1)); }, "No such file or directory");
  expect_refused([&] { write_results("/proc/a.h5", sample(1)); }, "/proc/a.h5: cannot write");
}

TEST_F(ResultsFileTest, TablesWithOtherColumnsDoNotBecomeOne) {
  Results results = sample(1), other = sample(1);
  other.tables["/group/runs"].columns[2].unit = "ms";
  EXPECT_THROW(results.add(other), DataError);
  results.add(sample(2));
  EXPECT_EQ(results.table("/group/runs").rows.size(), 3U);
}

}  // namespace
}  // namespace adagrain
