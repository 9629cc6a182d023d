#include "framework/compression/coders/float_planes.h"

#include <algorithm>
#include <bit>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/grouping/group_histograms.h"
#include "framework/compression/grouping/stored_grouping.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

}  // namespace

std::vector<std::uint16_t> plane_symbols(const LayerValues& layer, int plane) {
  std::vector<std::uint16_t> symbols(layer.coded.count);
  std::uint16_t* next = symbols.data();
  for (const ElementRange& range : layer.coded.ranges) {
    for (std::uint32_t element = range.begin; element < range.end; ++element)
      *next++ = plane_byte(sign_last(std::bit_cast<std::uint32_t>(layer.code.values[element])), plane);
  }
  return symbols;
}

EncodedWeights encode_planes(const LayerValues& layer, const EncodePlane& encode) {
  const auto rans = Registry<EntropyCoder>::create("ans");
  EncodedWeights all;
  std::vector<Bytes> planes(kPlanes);
  std::uint8_t flags = 0;
  for (int plane = kPlanes - 1; plane >= 0; --plane) {
    const std::vector<std::uint16_t> symbols = plane_symbols(layer, plane);
    Bytes& bytes = planes[static_cast<std::size_t>(plane)];
    bytes.assign(symbols.begin(), symbols.end());
    // Most planes are noise: what one table would take tells before anything is coded.
    if (rans->price(symbol_counts(symbols, 256)) >= symbols.size()) continue;
    EncodedWeights coded = encode(symbols, plane == kExponentPlane);
    const std::size_t grouping = coded.grouping.tables > 1 ? grouping_bytes(coded.grouping).size() : 0;
    if (grouping + varint_bytes(coded.bytes.size()) + coded.bytes.size() >= symbols.size()) continue;
    flags |= static_cast<std::uint8_t>(1 << plane);
    bytes = std::move(coded.bytes);
    all.table_bytes += coded.table_bytes;
    if (plane == kExponentPlane) all.grouping = std::move(coded.grouping);
  }
  all.bytes.push_back(flags);
  for (int plane = kPlanes - 1; plane >= 0; --plane) {
    const Bytes& bytes = planes[static_cast<std::size_t>(plane)];
    const bool coded = (flags >> plane & 1) != 0, last = (flags & ((1 << plane) - 1)) == 0;
    if (coded && !last) append_varint(all.bytes, bytes.size());
    all.bytes.insert(all.bytes.end(), bytes.begin(), bytes.end());
  }
  return all;
}

CodedStreams split_planes(ByteReader& reader, const CodedLayout& layout, const SplitPlane& split) {
  const auto flags = reader.number<std::uint8_t>();
  require<DataError>(flags < 1 << kPlanes, "layer payload: plane flags {:#x}; allowed 0..15", flags);
  CodedStreams streams;
  for (int plane = kPlanes - 1; plane >= 0; --plane) {
    const std::size_t count = layout.coded.count;
    if ((flags >> plane & 1) == 0) {
      const std::size_t begin = reader.position();
      reader.take(count);
      streams.streams.push_back({{begin, reader.position()}, count, 256, false, plane, -1});
      continue;
    }
    const bool last = (flags & ((1 << plane) - 1)) == 0;
    const std::size_t behind = static_cast<std::size_t>(plane) * count;  // bytes of the planes that follow
    require<DataError>(!last || behind <= reader.remaining(),
                       "layer payload: {} bytes for a coded plane and {} plain ones", reader.remaining(),
                       plane);
    const std::uint64_t length = last ? reader.remaining() - behind : reader.varint();
    const std::size_t begin = reader.position();
    require<DataError>(length <= reader.remaining(), "layer payload: plane {} of {} bytes; {} are left",
                       plane, length, reader.remaining());
    split(reader, static_cast<std::size_t>(length), plane, streams);
    ensure(reader.position() == begin + length, "plane {} of {} bytes was read to byte {}", plane, length,
           reader.position() - begin);
  }
  return streams;
}

DecodedWeights decode_planes(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                             const CodedLayout& layout, const DecodePlane& decode) {
  std::vector<std::uint32_t> bits(layout.coded.count);
  const std::span<const SymbolStream> all = streams.streams;
  for (std::size_t first = 0, next = 0; first < all.size(); first = next) {
    const int plane = all[first].plane;
    while (next < all.size() && all[next].plane == plane) ++next;
    const auto add = [&](const auto& symbols) {
      for (std::size_t i = 0; i < bits.size(); ++i)
        bits[i] |= static_cast<std::uint32_t>(symbols[i]) << (8 * plane);
    };
    if (!all[first].coded) {
      add(all[first].bytes.of(payload));
    } else {
      std::visit(
          add,
          decode(all.subspan(first, next - first), plane == kExponentPlane ? layout.tables : nullptr).values);
    }
  }
  return {std::move(bits)};
}

std::uint64_t estimate_planes(const ValueHistogram& histogram,
                              const std::function<std::uint64_t(const std::vector<std::uint32_t>&)>& price) {
  std::uint64_t bytes = 1;
  for (const std::vector<std::uint32_t>& counts : histogram.counts)
    bytes += std::min(histogram.weights(), price(counts));
  return bytes;
}

}  // namespace adagrain
