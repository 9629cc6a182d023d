// Results that grow: an append-only file of checked records, each of them some more Results. What is behind
// the last whole record was never confirmed and is passed over; anything else that is not as it was written
// is damage, and is said.
//
//   kLockHeadBytes: "AdaGrain journal 1, " and who writes it (file_lock.h)
//   records: length u32, CRC-32 u32 of the length, content, CRC-32 u32 of the content; each CRC goes on from
//            the one before it, so that a record that is missing, or there twice, is seen
//   content: texts: count varint, then name and text of each; tables: count varint, then of each its path,
//            its columns (count varint, 0 where an earlier record named them; of each its name, type u8, unit
//            and width varint), the number of rows varint, and the cells row by row: 8 bytes for a number or
//            a boolean; texts, names and paths are a varint and so many bytes
//
// Numbers are little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "framework/report/results.h"

namespace adagrain {

struct JournalContent {
  Results results;             // of all sound records
  std::uint64_t bytes = 0;     // as far as the file is sound
  std::uint32_t checksum = 0;  // of the last sound record
  std::string damage;          // "is damaged at byte 312, ..."; empty for none
  bool is_journal = false;     // false: something else is in the file
};

// Never throws, whatever the bytes are.
JournalContent parse_journal(std::span<const std::uint8_t> bytes);

bool is_journal(std::span<const std::uint8_t> bytes);

// A journal of one record, without arrays.
std::vector<std::uint8_t> journal_file(const Results& results);

// The file that is open for appending. One process at a time has it.
class Journal {
 public:
  // Makes the file where there is none, and locks it. Throws DataError when it cannot be written, another
  // process has it, or it is something else than a journal.
  explicit Journal(const std::filesystem::path& file);
  ~Journal();
  Journal(Journal&& other) noexcept;

  // What it held when it was opened.
  const JournalContent& earlier() const { return earlier_; }
  // Forgets all records.
  void clear();
  // One record: when it returns the system has it as a whole, whatever ends this process; when it throws it
  // is not there at all. InternalError when a cell does not fit its column, DataError when the disk refuses.
  void append(const Results& more);
  // Removes the file.
  void remove();

 private:
  void cut(std::uint64_t bytes, std::uint32_t checksum);

  std::filesystem::path file_;
  int descriptor_ = -1;
  JournalContent earlier_;
  std::map<std::string, std::vector<Column>> known_;  // columns that are in the file
  std::uint64_t bytes_ = 0;
  std::uint32_t checksum_ = 0;
};

}  // namespace adagrain
