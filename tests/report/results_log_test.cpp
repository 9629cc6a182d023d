// Results that grow over several processes: what one was killed with, the next goes on with.
#include "framework/report/results_log.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

Identity identity(const std::string& value) {
  Identity identity;
  identity.add("evaluations", value);
  return identity;
}

TrainingRow row(std::int64_t epoch) {
  return {.run = "a", .epoch = epoch, .train_loss = 1.0 / static_cast<double>(epoch + 1)};
}

class ResultsLogTest : public testing::Test {
 protected:
  // Does what a job does, `rows` rows and then the file; ends as if killed after so many appends.
  void work(std::int64_t rows, int appends) const {
    ResultsLog log(file_, identity("5"), empty_tables<TrainingRow>());
    const auto earlier = static_cast<std::int64_t>(read_rows<TrainingRow>(log.content()).size());
    for (std::int64_t epoch = earlier; epoch < rows; ++epoch) {
      if (appends-- == 0) return;
      log.append(rows_of<TrainingRow>({row(epoch)}));
    }
    log.finish();
  }

  std::vector<TrainingRow> finished() const { return read_rows<TrainingRow>(read_results(file_)); }

  void expect_whole(std::size_t count) const {
    const std::vector<TrainingRow> rows = finished();
    ASSERT_EQ(rows.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_EQ(to_cells(rows[i]), to_cells(row(static_cast<std::int64_t>(i))));
    EXPECT_FALSE(std::filesystem::exists(journal_of(file_)));
  }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "a.h5";
};

TEST_F(ResultsLogTest, HoweverOftenItWasKilledTheResultsAreTheSame) {
  for (int appends = 0; appends <= 6; ++appends) {
    std::filesystem::remove(file_);
    for (int sitting = 0; sitting < 8; ++sitting) {
      if (::fork() == 0) {  // no destructor runs, as after a kill
        work(6, appends);
        ::_exit(0);
      }
      int status = 0;
      ASSERT_GT(::wait(&status), 0);
    }
    work(6, 100);
    expect_whole(6);
  }
}

// A journal cut at any byte, beside the finished file of before or not, never blocks and loses no whole
// record.
TEST_F(ResultsLogTest, AJournalCutAnywhereGoesOn) {
  work(4, 3);
  const std::vector<std::uint8_t> bytes = read_file(journal_of(file_));
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    std::filesystem::remove(file_);
    std::ofstream(journal_of(file_), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
    work(4, 100);
    expect_whole(4);
  }
}

TEST_F(ResultsLogTest, AFinishedFileGoesOnToo) {
  work(3, 100);
  expect_whole(3);
  // Killed while the journal takes over what was finished, the file still has it.
  const std::vector<std::uint8_t> whole = read_file(file_);
  work(5, 0);
  EXPECT_EQ(read_file(file_), whole);
  const std::vector<std::uint8_t> taken = read_file(journal_of(file_));
  for (std::size_t size = 0; size < taken.size(); size += 13) {
    write_file_atomically(file_, whole);
    std::ofstream(journal_of(file_), std::ios::binary)
        .write(reinterpret_cast<const char*>(taken.data()), static_cast<std::streamsize>(size));
    work(5, 100);
    expect_whole(5);
  }
}

TEST_F(ResultsLogTest, AnotherIdentityBeginsAnewAndSaysWhy) {
  work(3, 2);
  const auto lost = [&] { return earlier_results(file_, identity("7"), empty_tables<TrainingRow>()).lost; };
  EXPECT_EQ(lost(), "evaluations was 5 and is 7");
  work(3, 100);
  EXPECT_EQ(lost(), "evaluations was 5 and is 7") << "of the finished file too";
  ResultsLog log(file_, identity("7"), empty_tables<TrainingRow>());
  EXPECT_EQ(log.lost(), "evaluations was 5 and is 7");
  EXPECT_TRUE(read_rows<TrainingRow>(log.content()).empty());
  EXPECT_EQ(finished().size(), 3U) << "until the new ones are finished";
  log.finish();
  EXPECT_TRUE(finished().empty());
}

TEST_F(ResultsLogTest, OtherColumnsBeginAnew) {
  Results other = empty_tables<TrainingRow>();
  other.tables.begin()->second.columns.back().unit = "furlongs";
  ResultsLog(file_, identity("5"), other).finish();
  const EarlierResults earlier = earlier_results(file_, identity("5"), empty_tables<TrainingRow>());
  EXPECT_FALSE(earlier.finished);
  EXPECT_NE(earlier.lost.find("other columns"), std::string::npos) << earlier.lost;
}

TEST_F(ResultsLogTest, DamageIsSaidAndWhatLiesBeforeItIsKept) {
  work(4, 3);
  std::vector<std::uint8_t> bytes = read_file(journal_of(file_));
  bytes[bytes.size() - 20] ^= 1;
  write_file_atomically(journal_of(file_), bytes);
  EXPECT_THROW(read_results(journal_of(file_)), DataError);
  const EarlierResults earlier = earlier_results(file_, identity("5"), empty_tables<TrainingRow>());
  EXPECT_NE(earlier.lost.find("is damaged at byte"), std::string::npos) << earlier.lost;
  EXPECT_EQ(read_rows<TrainingRow>(earlier.results).size(), 2U);
  work(3, 100);
  expect_whole(3);
}

TEST_F(ResultsLogTest, AnewForgetsWhatThereWas) {
  work(3, 100);
  ResultsLog log(file_, identity("5"), empty_tables<TrainingRow>(), ResultsLog::Start::anew);
  EXPECT_TRUE(read_rows<TrainingRow>(log.content()).empty());
}

TEST_F(ResultsLogTest, WhatGrowsIsReadable) {
  work(3, 2);
  EXPECT_EQ(read_rows<TrainingRow>(read_results(journal_of(file_))).size(), 2U);
}

}  // namespace
}  // namespace adagrain
