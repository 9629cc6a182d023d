#include "framework/compression/coders/metadata_stream.h"

#include <bit>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr std::size_t kShortStreamBits = 64;
constexpr std::uint64_t kLengthBytes = 2;  // about, of the varint before a coded list

std::size_t raw_bits(std::uint32_t alphabet, std::size_t count) {
  return count * static_cast<std::size_t>(std::bit_width(alphabet - 1));
}

std::unique_ptr<EntropyCoder> coder_of(bool coded) {
  return Registry<EntropyCoder>::create(coded ? "ans" : "raw");
}

}  // namespace

bool codes_metadata(std::uint32_t alphabet, std::size_t count) {
  return raw_bits(alphabet, count) > kShortStreamBits;
}

void append_metadata(Bytes& out, std::uint32_t alphabet, std::span<const std::uint8_t> numbers, bool coded) {
  coded = coded && codes_metadata(alphabet, numbers.size());
  const std::vector<std::uint16_t> symbols(numbers.begin(), numbers.end());
  const Bytes stream = coder_of(coded)->encode({alphabet, 1}, symbols, {}).bytes;
  if (coded) append_varint(out, stream.size());
  out.insert(out.end(), stream.begin(), stream.end());
}

std::vector<std::uint8_t> read_metadata(ByteReader& reader, std::uint32_t alphabet, std::size_t count,
                                        bool coded) {
  coded = coded && codes_metadata(alphabet, count);
  const auto stream = reader.take(coded ? reader.varint() : (raw_bits(alphabet, count) + 7) / 8);
  std::vector<std::uint16_t> symbols(count);
  coder_of(coded)->decode(stream, {alphabet, 1}, {}, symbols);
  return {symbols.begin(), symbols.end()};
}

std::uint64_t metadata_price(std::uint32_t alphabet, std::span<const std::uint8_t> numbers) {
  if (numbers.empty()) return 0;
  SymbolCounts counts(1, std::vector<std::uint32_t>(alphabet));
  for (const std::uint8_t number : numbers) ++counts[0][number];
  const bool coded = codes_metadata(alphabet, numbers.size());
  return coder_of(coded)->price(counts) + (coded ? kLengthBytes : 0);
}

}  // namespace adagrain
