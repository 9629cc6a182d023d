// Static range asymmetric numeral system (rANS; Duda, 2013): one state x, renormalised by bytes to [2^23,
// 2^31) as soon as there are bytes.
//   encode s:  x -> (x / f_s) 2^n + c_s + x mod f_s     (f_s of 2^n codes, c_s the sum of those before)
//   decode:    s is where c_s <= x mod 2^n < c_s + f_s;  x -> f_s (x / 2^n) + x mod 2^n - c_s
// A symbol of frequency f costs n - log2 f bits. Symbols are encoded last to first, so the decoder reads
// forwards, and ends in the state the encoder began with: its check. That one is small, not 2^23, so that a
// stream costs a byte or two beside its symbols rather than three: at the end, when no bytes are left, the
// decoder's state falls below 2^23.
#include <algorithm>
#include <optional>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/frequency_table.h"
#include "framework/compression/coders/static_tables.h"
#include "framework/compression/integer_log.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

constexpr std::uint32_t kLowerBound = 1u << 23;
constexpr std::uint32_t kInitialState = 16;
constexpr std::uint64_t kStateBytes = 2;  // about: from the first symbol on a state is as wide as the table

std::vector<std::uint32_t> cumulated(const FrequencyTable& table) {
  std::vector<std::uint32_t> start;
  std::uint32_t sum = 0;
  for (const std::uint32_t frequency : table.frequency) {
    start.push_back(sum);
    sum += frequency;
  }
  return start;
}

// What decoding asks of a table: from a code to its symbol.
struct DecodingTable {
  explicit DecodingTable(const FrequencyTable& source)
      : precision(source.precision),
        first(source.first),
        frequency(source.frequency),
        start(cumulated(source)) {
    index_of.reserve(std::size_t{1} << precision);
    for (std::size_t i = 0; i < frequency.size(); ++i) {
      index_of.insert(index_of.end(), frequency[i], static_cast<std::uint16_t>(i));
    }
  }

  int precision;
  std::uint32_t first;
  std::vector<std::uint32_t> frequency, start;
  std::vector<std::uint16_t> index_of;  // [code]
};

class Ans : public EntropyCoder {
 public:
  EncodedStream encode(const StreamShape& shape, std::span<const std::uint16_t> symbols,
                       std::span<const std::uint8_t> table_of) const override {
    SymbolCounts counts(shape.tables, std::vector<std::uint32_t>(shape.alphabet));
    for (std::size_t i = 0; i < symbols.size(); ++i) ++counts[table_of.empty() ? 0 : table_of[i]][symbols[i]];

    if (symbols.empty()) return {};
    BitWriter writer;
    std::vector<std::optional<FrequencyTable>> tables;
    for (const auto& table_counts : counts) {
      const bool used = any(table_counts);
      if (shape.tables > 1) writer.write(used ? 1 : 0, 1);
      tables.push_back(used ? std::optional(fit_table(table_counts)) : std::nullopt);
      if (used) write_table(writer, *tables.back());
    }
    EncodedStream encoded{writer.take(), 0};
    encoded.table_bytes = encoded.bytes.size();
    const std::vector<std::uint8_t> coded = encode_symbols(tables, symbols, table_of);
    encoded.bytes.insert(encoded.bytes.end(), coded.rbegin(), coded.rend());
    return encoded;
  }

  std::uint64_t price(const SymbolCounts& counts) const override {
    BitWriter writer;
    std::uint64_t length = 0;  // 2^-16 bits
    for (const auto& table_counts : counts) {
      if (counts.size() > 1) writer.write(0, 1);
      if (!any(table_counts)) continue;
      const FrequencyTable table = fit_table(table_counts);
      write_table(writer, table);
      length += coded_length(table, table_counts);
    }
    if (length == 0 && !std::any_of(counts.begin(), counts.end(), any)) return 0;
    return writer.take().size() + (length >> (3 + kLogFraction)) + kStateBytes;
  }

  std::uint64_t decode(std::span<const std::uint8_t> bytes, const StreamShape& shape,
                       std::span<const std::uint8_t> table_of,
                       std::span<std::uint16_t> symbols) const override {
    if (symbols.empty()) {
      require<DataError>(bytes.empty(), "ans: {} bytes for no symbols", bytes.size());
      return 0;
    }
    const StaticTables read = read_static_tables(bytes, shape);
    std::vector<std::optional<DecodingTable>> tables;
    for (const auto& table : read.tables)
      tables.emplace_back(table ? std::optional<DecodingTable>(*table) : std::nullopt);
    decode_symbols(tables, bytes.subspan(read.bytes), table_of, symbols);
    return read.bytes;
  }

 private:
  static bool any(const std::vector<std::uint32_t>& counts) {
    return std::any_of(counts.begin(), counts.end(), [](std::uint32_t count) { return count > 0; });
  }

  // In the order of encoding; the stream is its reverse.
  static std::vector<std::uint8_t> encode_symbols(const std::vector<std::optional<FrequencyTable>>& tables,
                                                  std::span<const std::uint16_t> symbols,
                                                  std::span<const std::uint8_t> table_of) {
    std::vector<std::vector<std::uint32_t>> starts;
    for (const auto& table : tables)
      starts.push_back(table ? cumulated(*table) : std::vector<std::uint32_t>());
    std::vector<std::uint8_t> out;
    std::uint32_t state = kInitialState;
    for (std::size_t i = symbols.size(); i-- > 0;) {
      const std::size_t choice = table_of.empty() ? 0 : table_of[i];
      const FrequencyTable& table = *tables[choice];
      const std::size_t index = symbols[i] - table.first;
      const std::uint32_t frequency = table.frequency[index];
      const std::uint64_t limit =
          static_cast<std::uint64_t>((kLowerBound >> table.precision) << 8) * frequency;
      while (state >= limit) {
        out.push_back(static_cast<std::uint8_t>(state));
        state >>= 8;
      }
      state = (state / frequency << table.precision) + state % frequency + starts[choice][index];
    }
    for (; state > 0; state >>= 8) out.push_back(static_cast<std::uint8_t>(state));
    return out;
  }

  static void decode_symbols(const std::vector<std::optional<DecodingTable>>& tables,
                             std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> table_of,
                             std::span<std::uint16_t> symbols) {
    require<DataError>(!bytes.empty() && bytes[0] != 0, "ans: the coded symbols begin with {}",
                       bytes.empty() ? "nothing" : "a 0 byte");
    std::uint32_t state = 0;
    std::size_t at = 0;
    const auto refill = [&] {
      while (state < kLowerBound && at < bytes.size()) state = state << 8 | bytes[at++];
    };
    refill();
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::size_t choice = table_of.empty() ? 0 : table_of[i];
      require<DataError>(tables[choice].has_value(), "ans: table {} is used but not described", choice);
      const DecodingTable& table = *tables[choice];
      const std::uint32_t code = state & ((1u << table.precision) - 1);
      const std::size_t index = table.index_of[code];
      state = table.frequency[index] * (state >> table.precision) + code - table.start[index];
      refill();
      symbols[i] = static_cast<std::uint16_t>(table.first + index);
    }
    require<DataError>(state == kInitialState && at == bytes.size(),
                       "ans: the stream ends in state {} with {} bytes left; expected: state {}, none left",
                       state, bytes.size() - at, kInitialState);
  }
};

const bool registered = Registry<EntropyCoder>::add("ans", "static rANS with integer tables",
                                                    [] { return std::make_unique<Ans>(); });

}  // namespace
}  // namespace adagrain
