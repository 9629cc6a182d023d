#include "framework/report/results_file.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/report/hdf5_writer.h"
#include "framework/report/journal.h"

namespace adagrain {

namespace {

constexpr std::string_view kMagic = "AdaGrain results, HDF5 from byte 512. ";
constexpr std::string_view kHdf5Magic = "\x89HDF\r\n\x1a\n";
constexpr std::size_t kPreambleBytes = 512;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Bytes deflated(const Bytes& bytes) {
  uLongf size = ::compressBound(bytes.size());
  Bytes packed(size);
  ensure(::compress2(packed.data(), &size, bytes.data(), bytes.size(), 6) == Z_OK, "zlib refuses a call");
  packed.resize(size);
  return packed;
}

// The journal's bytes before and behind the deflation, and the checksum of what follows the preamble.
std::string preamble(std::size_t journal_bytes, std::size_t packed_bytes, std::uint32_t checksum) {
  std::string text = fmt::format("{}Journal: the last {} bytes, inflated {}. CRC-32 from byte 512: {:08x}\n",
                                 kMagic, packed_bytes, journal_bytes, checksum);
  text.resize(kPreambleBytes, '\0');
  return text;
}

Results sealed_results(std::span<const std::uint8_t> bytes, const std::string& where) {
  std::size_t journal_bytes = 0, packed_bytes = 0;
  const std::string head(bytes.begin(), bytes.begin() + std::min(bytes.size(), kPreambleBytes));
  require<DataError>(std::sscanf(head.c_str() + kMagic.size(), "Journal: the last %zu bytes, inflated %zu.",
                                 &packed_bytes, &journal_bytes) == 2,
                     "{}: was made by an earlier version of AdaGrain, and is not read", where);
  const auto content = bytes.subspan(head.size());
  require<DataError>(head == preamble(journal_bytes, packed_bytes, crc32(content)) &&
                         packed_bytes <= content.size() && journal_bytes <= kLargestFile,
                     "{}: was altered or cut off after it was finished; its checksum does not fit", where);
  Bytes journal(journal_bytes);
  uLongf size = journal.size();
  const bool inflated =
      ::uncompress(journal.data(), &size, content.last(packed_bytes).data(), packed_bytes) == Z_OK;
  JournalContent parsed = parse_journal(std::span(journal).first(inflated ? size : 0));
  require<DataError>(parsed.is_journal && parsed.damage.empty() && parsed.bytes == journal_bytes,
                     "{}: its journal is damaged", where);
  return std::move(parsed.results);
}

}  // namespace

void write_results(const std::filesystem::path& file, const Results& results) {
  const Bytes image = hdf5_file(results);
  const Bytes journal = journal_file(results);
  const Bytes packed = deflated(journal);
  const std::string head = preamble(journal.size(), packed.size(), crc32(packed, crc32(image)));
  AtomicFile output(file);
  output.append(as_bytes(head));
  output.append(image);
  output.append(packed);
  output.commit();
}

Results read_results(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file, kLargestFile);
  if (is_journal(bytes)) {
    JournalContent journal = parse_journal(bytes);
    require<DataError>(journal.damage.empty(), "{}: {}", file.string(), journal.damage);
    return std::move(journal.results);
  }
  require<DataError>(
      !begins_with(bytes, kHdf5Magic),
      "{}: is an HDF5 file that AdaGrain has not written as it is; another program has made it "
      "or saved it again",
      file.string());
  require<DataError>(begins_with(bytes, kMagic), "{}: is not a results file of AdaGrain", file.string());
  return sealed_results(bytes, file.string());
}

}  // namespace adagrain
