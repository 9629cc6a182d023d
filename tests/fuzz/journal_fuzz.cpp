// Any bytes as a journal, and as the content of a journal's record whose checksums fit: rows or damage, and
// rows that were read come back once more after they were written.
#include <cstdlib>

#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/file_lock.h"
#include "framework/report/journal.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

// A sound frame around the content: journal.h says what it is.
Bytes framed(std::span<const std::uint8_t> content) {
  Bytes bytes = journal_file({});
  bytes.resize(kLockHeadBytes);
  Bytes length;
  append_little_endian(length, static_cast<std::uint32_t>(content.size()));
  const std::uint32_t head = crc32(length);
  bytes.insert(bytes.end(), length.begin(), length.end());
  append_little_endian(bytes, head);
  bytes.insert(bytes.end(), content.begin(), content.end());
  append_little_endian(bytes, crc32(content, head));
  return bytes;
}

void fuzz_journal(std::span<const std::uint8_t> bytes) {
  parse_journal(bytes);
  const JournalContent read = parse_journal(framed(bytes));
  if (!read.damage.empty()) return;
  const Bytes written = journal_file(read.results);
  const JournalContent again = parse_journal(written);
  if (!again.damage.empty() || journal_file(again.results) != written) std::abort();
}

const bool registered = fuzz_targets().emplace("journal", fuzz_journal).second;

}  // namespace
}  // namespace adagrain
