// Any bytes: every tensor decodes or is a DataError. The input is read as it is, and again with the checksums
// of header, directory and payloads made right, so that the checks behind them are reached.
#include <algorithm>
#include <cstdlib>

#include "framework/container/grain_file.h"
#include "framework/container/grain_layout.h"
#include "framework/container/inspection.h"
#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

// Decoding this much is slow but not wrong, and finds nothing that less does not.
constexpr std::int64_t kMaximumElementsTried = 1 << 16;

void exercise(const Bytes& bytes) {
  const GrainReader reader = GrainReader::parse(bytes, "fuzz");
  std::int64_t elements = 0;
  for (const GrainEntry& entry : reader.entries())
    elements = std::min(elements + element_count(entry.shape), std::int64_t{1} << 50);
  if (elements <= kMaximumElementsTried) to_json(inspect_grain(reader, "fuzz", {.price_coders = true}));
  for (const GrainEntry& entry : reader.entries()) {
    if (element_count(entry.shape) > kMaximumElementsTried) continue;
    try {
      const Tensor tensor = reader.decode(entry);
      if (tensor.values.size() != static_cast<std::size_t>(element_count(entry.shape))) std::abort();
    } catch (const DataError&) {
      continue;
    }
  }
}

void store_crc(Bytes& bytes, std::size_t at, std::uint32_t crc) {
  for (int i = 0; i < 4; ++i)
    bytes[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(crc >> (8 * i));
}

// Where the checksum of header and directory stands; throws DataError when the header is cut off.
std::size_t directory_end(const Bytes& bytes) {
  ByteReader header(bytes, "fuzz");
  header.take(kGrainMagic.size());
  const auto flags = header.number<std::uint8_t>();
  header.varint();
  const std::uint64_t directory_bytes = header.varint();
  for (const std::uint8_t flag : {kHasPlan, kHasProvenance}) {
    if ((flags & flag) != 0) header.varint();
  }
  header.take(directory_bytes);
  const std::size_t end = header.position();
  header.take(4);
  return end;
}

// Makes every checksum right, from the payloads outwards. A row that owns its payload ends in the payload's
// CRC.
Bytes sealed(Bytes bytes) {
  const std::size_t end = directory_end(bytes);
  const auto seal_directory = [&] { store_crc(bytes, end, crc32(std::span(bytes).first(end))); };
  seal_directory();
  const GrainReader reader = GrainReader::parse(bytes, "fuzz");
  std::size_t row_end = end;
  for (auto entry = reader.entries().rbegin(); entry != reader.entries().rend(); ++entry) {
    if (!entry->shares_payload && entry->payload_offset + entry->payload_bytes <= bytes.size()) {
      store_crc(bytes, row_end - 4, crc32(reader.payload(*entry)));
    }
    row_end -= entry->directory_bytes;
  }
  seal_directory();
  return bytes;
}

void fuzz_grain_file(std::span<const std::uint8_t> data) {
  const Bytes bytes(data.begin(), data.end());
  for (const bool seal : {false, true}) {
    try {
      exercise(seal ? sealed(bytes) : bytes);
    } catch (const DataError&) {
      continue;
    }
  }
}

const bool registered = fuzz_targets().emplace("grain_file", fuzz_grain_file).second;

}  // namespace
}  // namespace adagrain
