#include "framework/report/results_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

class ResultsFileTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "a.h5";
};

const std::vector<Column> columns = {{"run", Column::Type::text, "", 24},
                                     {"step", Column::Type::integer, "", 0},
                                     {"seconds", Column::Type::real, "s", 0},
                                     {"kept", Column::Type::boolean, "", 0}};

std::vector<Cell> row(std::int64_t step) {
  return {fmt::format("lenet_größe_{}", step), step, 0.5 * static_cast<double>(step), step % 3 == 0};
}

void append_rows(ResultsFile& file, std::int64_t first, std::int64_t last) {
  for (std::int64_t step = first; step < last; ++step) file.append("/group/runs", row(step));
}

void expect_rows(const std::filesystem::path& path, std::int64_t count) {
  const ResultsTable table = ResultsFile::open_read_only(path).read_table("/group/runs");
  ASSERT_EQ(static_cast<std::int64_t>(table.rows.size()), count);
  for (std::int64_t step = 0; step < count; ++step)
    EXPECT_EQ(table.rows[static_cast<std::size_t>(step)], row(step));
}

template <typename Error>
void expect_refused(const std::function<void()>& action, const std::string& reason) {
  try {
    action();
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST_F(ResultsFileTest, RowsOfEveryTypeComeBackWithUnits) {
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/group/runs", columns);
    append_rows(file, 0, 3);
    file.append("/group/runs", {std::string(24, 'w'), std::numeric_limits<std::int64_t>::max(),
                                std::numeric_limits<double>::infinity(), true});
    file.append("/group/runs", {std::string(), std::int64_t{-1}, std::nan(""), false});
    file.finish();
  }
  const ResultsTable table = ResultsFile::open_read_only(file_).read_table("/group/runs");
  ASSERT_EQ(table.rows.size(), 5U);
  EXPECT_EQ(table.columns[2].unit, "s");
  EXPECT_EQ(table.columns[0].width, 24U);
  EXPECT_EQ(table.text(1, "run"), "lenet_größe_1");
  EXPECT_EQ(table.text(3, "run"), std::string(24, 'w'));
  EXPECT_EQ(table.integer(3, "step"), std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(std::isinf(table.real(3, "seconds")));
  EXPECT_EQ(table.real(0, "kept"), 1.0);
  EXPECT_TRUE(std::isnan(table.real(4, "seconds")));
  EXPECT_EQ(table.text(4, "run"), "");
  EXPECT_THROW(table.real(0, "run"), DataError);
  EXPECT_THROW(table.column("nothing"), DataError);
}

TEST_F(ResultsFileTest, ManyTablesArraysAndAttributesComeBack) {
  std::vector<float> values(6000);
  for (std::size_t index = 0; index < values.size(); ++index) values[index] = static_cast<float>(index) / 7;
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/z", columns);
    file.create_table("/a/b", columns);
    file.write_array("/arrays/fisher", values, {20, 300});
    file.write_array("/arrays/empty", {}, {0, 3});
    file.set_attribute("config", "old");
    file.set_attribute("config", std::string(60000, 'c'));
    file.set_attribute("note", "");
    EXPECT_EQ(file.read_array("/arrays/fisher"), values);
    file.finish();
  }
  EXPECT_LT(std::filesystem::file_size(file_), 110'000U);
  const ResultsFile file = ResultsFile::open_read_only(file_);
  EXPECT_EQ(file.tables(), (std::vector<std::string>{"/a/b", "/z"}));
  EXPECT_TRUE(file.has("/arrays/fisher"));
  EXPECT_FALSE(file.has("/arrays/nothing"));
  EXPECT_FALSE(file.has("/nothing/at/all"));
  EXPECT_EQ(file.read_array("/arrays/fisher"), values);
  EXPECT_TRUE(file.read_array("/arrays/empty").empty());
  EXPECT_EQ(file.attribute("config"), std::string(60000, 'c'));
  EXPECT_EQ(file.attribute("note"), "");
  EXPECT_THROW(file.attribute("nothing"), DataError);
  EXPECT_THROW(file.read_array("/z"), DataError);
  EXPECT_THROW(file.read_table("/arrays/fisher"), DataError);
  EXPECT_THROW(file.read_table("/nothing"), DataError);
}

TEST_F(ResultsFileTest, ResumingKeepsOldRowsAndAddsNewOnes) {
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/group/runs", columns);
    append_rows(file, 0, 100);
  }
  expect_rows(file_, 100);
  for (const std::int64_t first : {100, 200}) {  // the first time unfinished, then finished
    ResultsFile file = ResultsFile::open(file_);
    file.create_table("/group/runs", columns);
    append_rows(file, first, first + 100);
    EXPECT_EQ(file.read_table("/group/runs").rows.size(), static_cast<std::size_t>(first + 100));
    file.finish();
    expect_rows(file_, first + 100);
  }
}

TEST_F(ResultsFileTest, FinishingPacks) {
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/group/runs", columns);
    append_rows(file, 0, 1);
    std::vector<std::vector<Cell>> rows;
    for (std::int64_t step = 1; step < 5000; ++step) rows.push_back(row(step));
    file.append_all("/group/runs", rows);
  }
  const auto before = std::filesystem::file_size(file_);
  ResultsFile::open(file_).finish();
  EXPECT_LT(std::filesystem::file_size(file_), before / 3);
  expect_rows(file_, 5000);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1)
      << "temporary files stay";
}

TEST_F(ResultsFileTest, OtherColumnsAreRefused) {
  ResultsFile file = ResultsFile::create(file_);
  file.create_table("/group/runs", columns);
  file.create_table("/group/runs", columns);
  std::vector<Column> others = columns;
  others[0].width = 25;
  expect_refused<DataError>([&] { file.create_table("/group/runs", others); }, "other columns");
}

TEST_F(ResultsFileTest, CellsThatDoNotFitAreOurBugs) {
  ResultsFile file = ResultsFile::create(file_);
  file.create_table("/group/runs", columns);
  const auto append = [&](std::vector<Cell> cells) {
    return [&file, cells] { file.append("/group/runs", cells); };
  };
  expect_refused<InternalError>(append({std::string(25, 'x'), std::int64_t{1}, 1.0, true}), "25 bytes");
  expect_refused<InternalError>(append({std::string(), 1.0, 1.0, true}),
                                "'step' was given a cell of another type");
  expect_refused<InternalError>(append({std::string(), std::int64_t{1}, 1.0}), "3 cells");
  expect_refused<InternalError>(
      [&] {
        file.create_table("/twice", {columns[0], columns[0]});
      },
      "two columns");
  EXPECT_TRUE(file.read_table("/group/runs").rows.empty());
}

TEST_F(ResultsFileTest, UnwritablePlacesSayWhy) {
  expect_refused<DataError>([&] { ResultsFile::create(folder_ / "no" / "a.h5"); },
                            "No such file or directory");
  expect_refused<DataError>([&] { ResultsFile::create("/proc/a.h5"); }, "/proc/a.h5: cannot write");
  expect_refused<DataError>([&] { ResultsFile::open(folder_ / "b.h5"); }, "No such file or directory");
  expect_refused<DataError>([&] { ResultsFile::open_read_only(folder_.path()); }, "not a regular file");
}

TEST_F(ResultsFileTest, AFileInUseIsRefused) {
  const ResultsFile file = ResultsFile::create(file_);
  for (const auto& action : {+[](const std::filesystem::path& path) { ResultsFile::create(path); },
                             +[](const std::filesystem::path& path) { ResultsFile::open(path); },
                             +[](const std::filesystem::path& path) { ResultsFile::open_read_only(path); }})
    expect_refused<DataError>([&] { action(file_); }, "another process");
}

TEST_F(ResultsFileTest, OtherFilesAreRefused) {
  write_file_atomically(file_, std::string(2000, 'x'));
  expect_refused<DataError>([&] { ResultsFile::open_read_only(file_); }, "is not a results file");
  write_file_atomically(file_, std::string());
  expect_refused<DataError>([&] { ResultsFile::open_read_only(file_); }, "0 bytes");
}

void write_small_file(const std::filesystem::path& path, bool finished) {
  ResultsFile file = ResultsFile::create(path);
  file.create_table("/group/runs", columns);
  append_rows(file, 0, 20);
  file.write_array("/values", std::vector<float>(100, 0.5F), {10, 10});
  file.set_attribute("config", "name: quickstart");
  if (finished) file.finish();
}

void write_bytes(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

TEST_F(ResultsFileTest, EveryAlterationOfAFinishedFileIsSeen) {
  write_small_file(file_, true);
  const std::vector<std::uint8_t> bytes = read_file(file_);
  RandomStream random(1, "alterations");
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint8_t> altered = bytes;
    if (round % 3 == 0) {
      altered.resize(random.below(bytes.size()));
    } else {
      altered[512 + random.below(bytes.size() - 512)] ^= static_cast<std::uint8_t>(1U << random.below(8));
    }
    write_bytes(file_, altered);
    EXPECT_THROW(ResultsFile::open_read_only(file_), DataError) << round;
  }
}

}  // namespace
}  // namespace adagrain
