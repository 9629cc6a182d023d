// Results while they are made: rows are kept one by one in a journal beside the results file, which is
// written whole in the end. A process that was killed goes on from the journal, one that was finished from
// the file.
#pragma once

#include <filesystem>
#include <string>

#include "framework/core/identity.h"
#include "framework/report/journal.h"
#include "framework/report/results.h"

namespace adagrain {

// Where results grow: "a.h5.journal" for "a.h5".
std::filesystem::path journal_of(const std::filesystem::path& file);

// What an earlier process left behind, without changing it.
struct EarlierResults {
  Results results;        // empty where there is nothing to go on with
  bool finished = false;  // the results file itself is there
  std::string lost;  // why there is nothing, or less than there was: "evaluations was 5 and is 7"; empty else
};

// `empty` holds the tables, without rows, that the results must have; those of another version differ in
// columns. Throws nothing but the DataError of a file that cannot be read.
EarlierResults earlier_results(const std::filesystem::path& file, const Identity& identity,
                               const Results& empty);

class ResultsLog {
 public:
  enum class Start { where_it_stopped, anew };

  // Goes on with what was left under the same identity, else begins anew; lost() then says why. Throws
  // DataError when the place cannot be written or another process is at work on it.
  ResultsLog(const std::filesystem::path& file, const Identity& identity, const Results& empty,
             Start start = Start::where_it_stopped);

  const std::string& lost() const { return lost_; }
  // Everything so far.
  const Results& content() const { return content_; }

  // As Journal::append: all of it or nothing.
  void append(const Results& more);
  // Writes the results file, with `more` that is of no use before, and removes the journal. Throws DataError
  // when it cannot be written; the journal then stays.
  void finish(const Results& more = {});

 private:
  std::filesystem::path file_;
  Journal journal_;
  Results content_;
  std::string lost_;
};

}  // namespace adagrain
