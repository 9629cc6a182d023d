// What a kill, a full disk or altered bytes do to a results file.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "framework/report/damage_probe.h"
#include "framework/report/results_file.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

class ResultsSurvivalTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "a.h5";
};

const std::vector<Column> columns = {{"run", Column::Type::text, "", 200},
                                     {"step", Column::Type::integer, "", 0},
                                     {"seconds", Column::Type::real, "s", 0}};

std::vector<Cell> row(std::int64_t step) {
  return {fmt::format("run {}", step), step, 0.5 * static_cast<double>(step)};
}

void write_bytes(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Runs `work` in a child process and returns its wait status.
template <typename Work>
int run_in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::exit(0);  // HDF5's clean-up at exit is part of what is tested
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// Rows the child confirmed before it was killed after `confirmed` or a few more.
std::int64_t append_until_killed(const std::filesystem::path& path, std::int64_t first,
                                 std::int64_t confirmed, useconds_t microseconds) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ResultsFile file = first == 0 ? ResultsFile::create(path) : ResultsFile::open(path);
    file.create_table("/runs", columns);
    for (std::int64_t step = first;; ++step) {
      file.append("/runs", row(step));
      if (::write(ends[1], &step, sizeof step) != sizeof step) ::_exit(1);
    }
  }
  ::close(ends[1]);
  std::int64_t step = -1, last = first - 1;
  while (last < confirmed && ::read(ends[0], &step, sizeof step) == sizeof step) last = step;
  ::usleep(microseconds);
  ::kill(child, SIGKILL);
  while (::read(ends[0], &step, sizeof step) == sizeof step) last = step;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  return last + 1;
}

TEST_F(ResultsSurvivalTest, EveryConfirmedRowOutlivesAKill) {
  RandomStream random(1, "kills");
  std::int64_t rows = 0;
  for (int round = 0; round < 12; ++round) {
    const std::int64_t confirmed =
        append_until_killed(file_, rows, rows + static_cast<std::int64_t>(random.below(200)),
                            static_cast<useconds_t>(random.below(500)));
    const ResultsTable table = ResultsFile::open_read_only(file_).read_table("/runs");
    rows = static_cast<std::int64_t>(table.rows.size());
    EXPECT_GE(rows, confirmed);
    EXPECT_LE(rows, confirmed + 1);
    for (std::int64_t step = 0; step < rows; ++step)
      ASSERT_EQ(table.rows[static_cast<std::size_t>(step)], row(step)) << "round " << round;
  }
  ResultsFile::open(file_).finish();
  EXPECT_EQ(ResultsFile::open_read_only(file_).read_table("/runs").rows.size(),
            static_cast<std::size_t>(rows));
}

// Exit code of a child whose files may not pass `limit` bytes: 0 all written, 3 DataError that says why.
int append_with_limit(const std::filesystem::path& path, rlim_t limit, bool finish) {
  const int status = run_in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit size = {limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &size);
    try {
      ResultsFile file = ResultsFile::open(path);
      if (!finish)
        for (std::int64_t step = 10; step < 5000; ++step) file.append("/runs", row(step));
      file.finish();
    } catch (const DataError& error) {
      std::exit(std::string(error.what()).find("File too large") != std::string::npos ? 3 : 4);
    }
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST_F(ResultsSurvivalTest, AFullDiskIsSaidAndKeepsEarlierRows) {
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/runs", columns);
    for (std::int64_t step = 0; step < 10; ++step) file.append("/runs", row(step));
  }
  EXPECT_EQ(append_with_limit(file_, 4096, true), 3) << "already when copying";
  EXPECT_EQ(append_with_limit(file_, 100'000, false), 3) << "while appending";
  const ResultsTable table = ResultsFile::open_read_only(file_).read_table("/runs");
  ASSERT_GE(table.rows.size(), 10U);
  for (std::size_t step = 0; step < table.rows.size(); ++step)
    ASSERT_EQ(table.rows[step], row(static_cast<std::int64_t>(step)));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1)
      << "temporary files stay";
}

// Reads all there is; refusals are DataErrors, and nothing else may come.
void read_everything(const std::filesystem::path& path) {
  try {
    const ResultsFile file = ResultsFile::open_read_only(path);
    for (const std::string& table : file.tables()) file.read_table(table);
    if (file.has("/group/values")) file.read_array("/group/values");
    file.attribute("config");
  } catch (const DataError&) {
  }
}

TEST_F(ResultsSurvivalTest, AlteredOrCutUnfinishedFilesNeverCrash) {
  {
    ResultsFile file = ResultsFile::create(file_);
    file.create_table("/runs", columns);
    for (std::int64_t step = 0; step < 20; ++step) file.append("/runs", row(step));
    file.write_array("/group/values", std::vector<float>(100, 0.5F), {10, 10});
    file.set_attribute("config", "name: quickstart");
  }
  const std::vector<std::uint8_t> bytes = read_file(file_);
  RandomStream random(1, "alterations");
  for (int round = 0; round < 150; ++round) {
    std::vector<std::uint8_t> altered = bytes;
    if (round % 5 == 0) altered.resize(random.below(bytes.size()));
    for (std::uint64_t change = random.below(4); change < 4 && !altered.empty(); ++change) {
      std::size_t place = random.below(altered.size());
      while (altered[place] == 0 && random.below(20) != 0) place = random.below(altered.size());
      altered[place] ^= static_cast<std::uint8_t>(1U << random.below(8));
    }
    write_bytes(file_, altered);
    read_everything(file_);
  }
}

TEST_F(ResultsSurvivalTest, DamageThatCrashesHdf5IsADataError) {
  EXPECT_THROW(probe_for_damage(file_, [] { std::raise(SIGSEGV); }), DataError);
  probe_for_damage(file_, [] { throw DataError("an ordinary refusal"); });
}

}  // namespace
}  // namespace adagrain
