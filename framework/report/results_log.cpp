#include "framework/report/results_log.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/report/results_file.h"

namespace adagrain {

namespace {

constexpr const char* kIdentity = "identity";

// Why `results` are no answer to the question that is asked now; empty when they are.
std::string mismatch(const Results& results, const Identity& identity, const Results& empty) {
  const auto stored = results.texts.find(kIdentity);
  if (stored == results.texts.end()) return "does not say what it was measured for";
  const Identity earlier = Identity::parse(stored->second);
  if (earlier != identity) return identity.difference_from(earlier);
  const bool same_columns = std::all_of(empty.tables.begin(), empty.tables.end(), [&](const auto& table) {
    return results.has(table.first) && results.table(table.first).columns == table.second.columns;
  });
  return same_columns ? "" : "was written by a version with other columns";
}

EarlierResults finished_results(const std::filesystem::path& file, const Identity& identity,
                                const Results& empty) {
  EarlierResults earlier;
  if (!std::filesystem::exists(file)) return earlier;
  try {
    earlier.results = read_results(file);
    earlier.lost = mismatch(earlier.results, identity, empty);
    earlier.finished = earlier.lost.empty();
  } catch (const DataError& error) {
    earlier.lost = error.what();
  }
  if (!earlier.finished) earlier.results = {};
  return earlier;
}

// A journal without a sound record is one whose making was cut short.
EarlierResults journal_results(const std::filesystem::path& file, const JournalContent& journal,
                               const Identity& identity, const Results& empty) {
  if (journal.results.texts.empty()) {
    EarlierResults earlier = finished_results(file, identity, empty);
    if (!earlier.finished && !journal.damage.empty())
      earlier.lost = fmt::format("{} {}", journal_of(file).string(), journal.damage);
    return earlier;
  }
  EarlierResults earlier{journal.results, false, mismatch(journal.results, identity, empty)};
  if (!earlier.lost.empty()) {
    earlier.results = {};
  } else if (!journal.damage.empty()) {
    earlier.lost = fmt::format("{} {}; what follows is not used", journal_of(file).string(), journal.damage);
  }
  return earlier;
}

}  // namespace

std::filesystem::path journal_of(const std::filesystem::path& file) {
  return file.string() + ".journal";
}

EarlierResults earlier_results(const std::filesystem::path& file, const Identity& identity,
                               const Results& empty) {
  const std::filesystem::path journal = journal_of(file);
  if (!std::filesystem::exists(journal)) return finished_results(file, identity, empty);
  return journal_results(file, parse_journal(read_file(journal)), identity, empty);
}

ResultsLog::ResultsLog(const std::filesystem::path& file, const Identity& identity, const Results& empty,
                       Start start)
    : file_(file), journal_(journal_of(file)) {
  EarlierResults earlier;
  if (start == Start::where_it_stopped) earlier = journal_results(file, journal_.earlier(), identity, empty);
  lost_ = std::move(earlier.lost);
  content_ = std::move(earlier.results);
  const bool goes_on = !journal_.earlier().results.texts.empty() && !content_.texts.empty();
  if (goes_on) return;
  journal_.clear();
  // In one record: what was finished earlier is here as a whole, or still there.
  content_.texts[kIdentity] = identity.text();
  if (content_.tables.empty()) content_.add(empty);
  content_.arrays.clear();
  journal_.append(content_);
}

void ResultsLog::append(const Results& more) {
  journal_.append(more);
  content_.add(more);
}

void ResultsLog::finish(const Results& more) {
  Results whole = content_;
  whole.add(more);
  write_results(file_, whole);
  journal_.remove();
}

}  // namespace adagrain
