// Parses the frame, then decodes tensors one by one: damage in one payload stays there.

#include <algorithm>

#include "framework/container/directory.h"
#include "framework/container/element_type.h"
#include "framework/container/grain_file.h"
#include "framework/container/grain_layout.h"
#include "framework/container/small_tensors.h"
#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

// An optional text after the directory. Nothing decodes with it, so its damage is reported and costs no
// tensor.
struct Section {
  bool present = false;
  std::uint64_t text_bytes = 0;

  std::uint64_t total_bytes() const { return present ? 4 + text_bytes : 0; }

  std::optional<std::string> read(const ByteSource& source, std::uint64_t begin) const {
    if (begin > source.size() || total_bytes() > source.size() - begin) return {};
    const Bytes bytes = source.read(begin, total_bytes());
    const auto text = std::span(bytes).subspan(4);
    if (load_little_endian<std::uint32_t>(bytes.data()) != crc32(text)) return {};
    return std::string(text.begin(), text.end());
  }
};

Section read_section_header(ByteReader& header, bool present, const std::string& where) {
  if (!present) return {};
  const std::uint64_t bytes = header.varint();
  require<DataError>(bytes <= kMaximumSectionBytes, "{}: a section of {} bytes; allowed up to {}", where,
                     bytes, kMaximumSectionBytes);
  return {true, bytes};
}

}  // namespace

GrainReader::GrainReader(ByteSource source) : source_(std::move(source)) {
  const std::string& where = source_.name();
  const Bytes frame = source_.read(0, std::min(source_.size(), kMaximumFrameBytes));
  ByteReader header(frame, where);
  const auto magic = header.take(kGrainMagic.size());
  require<DataError>(std::equal(magic.begin(), magic.begin() + 3, kGrainMagic.begin()),
                     "{}: not a .grain file", where);
  require<DataError>(
      magic[3] >= kGrainMagic[3],
      "{}: version {} of the format, which AdaGrain up to commit {} reads; this program reads {}", where,
      magic[3], kLastCommitOfVersion6, kGrainMagic[3]);
  require<DataError>(magic[3] == kGrainMagic[3], "{}: version {} of the format; this program reads {}", where,
                     magic[3], kGrainMagic[3]);
  const auto flags = header.number<std::uint8_t>();
  require<DataError>(flags <= (kHasPlan | kHasProvenance), "{}: flags {:#x}; allowed 0..3", where, flags);
  const std::uint64_t count = header.varint();
  const std::uint64_t directory_bytes = header.varint();
  const Section plan = read_section_header(header, (flags & kHasPlan) != 0, where);
  const Section provenance = read_section_header(header, (flags & kHasProvenance) != 0, where);

  const std::uint64_t directory_begin = header.position();
  const std::uint64_t after_header = source_.size() - directory_begin;
  require<DataError>(
      after_header >= 4 && directory_bytes <= after_header - 4 && directory_bytes <= kMaximumDirectoryBytes,
      "{}: directory of {} bytes in a file of {}; allowed up to {}", where, directory_bytes, source_.size(),
      kMaximumDirectoryBytes);
  const std::uint64_t checked = directory_begin + directory_bytes;
  const Bytes head = source_.read(0, checked + 4);
  require<DataError>(
      load_little_endian<std::uint32_t>(head.data() + checked) == crc32(std::span(head).first(checked)),
      "{}: header or directory is damaged (CRC differs)", where);
  require<DataError>(count <= kMaximumTensors && count <= directory_bytes / kMinimumRowBytes,
                     "{}: {} tensors in a directory of {} bytes; allowed up to {}", where, count,
                     directory_bytes, kMaximumTensors);

  const std::uint64_t plan_begin = checked + 4;
  const std::uint64_t provenance_begin = plan_begin + plan.total_bytes();
  payload_begin_ = provenance_begin + provenance.total_bytes();
  entries_ = decode_directory(std::span(head).subspan(directory_begin, directory_bytes), count,
                              payload_begin_, where);
  std::uint64_t end = payload_begin_;
  for (const GrainEntry& entry : entries_) end = std::max(end, entry.payload_offset + entry.payload_bytes);
  require<DataError>(source_.size() <= end, "{}: {} bytes after the last tensor", where,
                     source_.size() - end);

  if (plan.present) {
    plan_json_ = plan.read(source_, plan_begin);
    if (!plan_json_) damaged_sections_.push_back("plan");
  }
  if (provenance.present) {
    const auto text = provenance.read(source_, provenance_begin);
    provenance_ = text.value_or("");
    if (!text) damaged_sections_.push_back("provenance");
  }
}

GrainReader GrainReader::open(const std::filesystem::path& file) {
  return GrainReader(ByteSource::open(file));
}

GrainReader GrainReader::parse(std::vector<std::uint8_t> bytes, std::string name) {
  return GrainReader(ByteSource::hold(std::move(bytes), std::move(name)));
}

std::uint64_t GrainReader::overhead_bytes() const {
  return std::min(payload_begin_, source_.size());
}

void GrainReader::check_bounds(const GrainEntry& entry) const {
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  require<DataError>(end <= source_.size(), "{}: '{}' ends at byte {}; the file has {}", source_.name(),
                     entry.name, end, source_.size());
}

std::vector<std::uint8_t> GrainReader::payload(const GrainEntry& entry) const {
  check_bounds(entry);
  return source_.read(entry.payload_offset, entry.payload_bytes);
}

std::optional<TypedHead> GrainReader::typed_head(const GrainEntry& entry) const {
  if (entry.encoding != TensorEncoding::layer || entry.payload_offset > source_.size()) return {};
  const std::uint64_t there = std::min(entry.payload_bytes, source_.size() - entry.payload_offset);
  const auto head = read_typed_head(source_.read(entry.payload_offset, std::min(there, kLongestTypedHead)));
  if (!head) return {};
  try {
    check_typed_size(*head, entry.shape);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", where(entry), error.what()));
  }
  return head;
}

void GrainReader::decode_data(const GrainEntry& entry, int threads,
                              const std::function<void(std::span<const std::uint8_t>)>& out) const {
  const auto head = typed_head(entry);
  if (!head) {
    const std::vector<float> values = decode(entry, threads).values;
    constexpr std::size_t piece = kTypedChunkBytes / sizeof(float);
    for (std::size_t at = 0; at < values.size(); at += piece) {
      out(float32_bytes(std::span(values).subspan(at, std::min(piece, values.size() - at))));
    }
    return;
  }
  check_crc(entry);
  const std::uint64_t at = decode_chunks(entry, *head, 0, head->chunks(), threads, out);
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  require<DataError>(at == end, "{}: '{}': {} bytes too many", source_.name(), entry.name, end - at);
}

void GrainReader::decode_range(const GrainEntry& entry, std::uint64_t begin, std::span<std::uint8_t> data,
                               int threads) const {
  const auto head = typed_head(entry);
  require<DataError>(head.has_value(), "{}: '{}' is not stored by its type", source_.name(), entry.name);
  require<DataError>(begin <= head->bytes && data.size() <= head->bytes - begin,
                     "{}: '{}' has {} bytes; {} from byte {} on are wanted", source_.name(), entry.name,
                     head->bytes, data.size(), begin);
  if (data.empty()) return;
  check_bounds(entry);
  const std::uint64_t first = begin / kTypedChunkBytes;
  std::uint64_t before = begin % kTypedChunkBytes;  // what is not wanted of the first chunk
  decode_chunks(entry, *head, first, (begin + data.size() - 1) / kTypedChunkBytes + 1, threads,
                [&](std::span<const std::uint8_t> chunk) {
                  const auto wanted =
                      chunk.subspan(before).first(std::min<std::size_t>(data.size(), chunk.size() - before));
                  std::copy(wanted.begin(), wanted.end(), data.begin());
                  data = data.subspan(wanted.size());
                  before = 0;
                });
}

std::uint64_t GrainReader::decode_chunks(
    const GrainEntry& entry, const TypedHead& head, std::uint64_t first, std::uint64_t last, int threads,
    const std::function<void(std::span<const std::uint8_t>)>& out) const {
  const std::string where = this->where(entry);
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  std::uint64_t at = entry.payload_offset + head.size;
  // The coded length of a chunk that begins at `at`, which comes to stand behind it.
  const auto read_length = [&](std::uint64_t chunk) {
    const Bytes front = source_.read(at, std::min<std::uint64_t>(end - at, 10));
    ByteReader length(front, where);
    const std::uint64_t bytes = length.varint();
    at += length.position();
    const std::uint64_t most = std::min(head.chunk_bytes(chunk) + 1, end - at);
    require<DataError>(bytes <= most, "{}: a chunk of {} bytes; allowed up to {}", where, bytes, most);
    return bytes;
  };
  for (std::uint64_t chunk = 0; chunk < first; ++chunk) {
    const std::uint64_t bytes = read_length(chunk);
    at += bytes;
  }
  while (first < last) {
    const std::uint64_t count = std::min(last - first, static_cast<std::uint64_t>(std::max(1, threads)));
    std::vector<Bytes> coded(count), decoded(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      coded[i].resize(read_length(first + i));
      source_.read(at, coded[i]);
      at += coded[i].size();
      decoded[i].resize(head.chunk_bytes(first + i));
    }
    try {
      parallel_for(count, threads,
                   [&](std::size_t i) { decode_typed_chunk(coded[i], head.dtype, decoded[i]); });
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", where, error.what()));
    }
    for (const Bytes& chunk : decoded) out(chunk);
    first += count;
  }
  return at;
}

std::string GrainReader::where(const GrainEntry& entry) const {
  return fmt::format("{}: '{}'", source_.name(), entry.name);
}

Tensor GrainReader::decode(const GrainEntry& entry, int threads) const {
  if (const auto head = typed_head(entry)) {
    check_tensor_density(entry.shape, entry.payload_bytes, where(entry));
    to_float32(head->dtype, {}, where(entry));  // refuses a type without float32 before anything is decoded
    Bytes data;
    decode_data(entry, threads, [&](std::span<const std::uint8_t> piece) {
      data.insert(data.end(), piece.begin(), piece.end());
    });
    return {entry.name, entry.shape, to_float32(head->dtype, data, where(entry))};
  }
  if (entry.encoding == TensorEncoding::layer)
    return {entry.name, entry.shape, decode_layer(entry, threads).weights};
  return {entry.name, entry.shape, decode_raw(entry.encoding, checked_payload(entry))};
}

std::vector<std::uint8_t> GrainReader::layer_payload(const GrainEntry& entry) const {
  ensure(entry.encoding == TensorEncoding::layer, "grain: '{}' is not stored by a candidate", entry.name);
  check_tensor_density(entry.shape, entry.payload_bytes, where(entry));
  return checked_payload(entry);
}

DecodedLayer GrainReader::decode_layer(const GrainEntry& entry, int threads) const {
  const auto bytes = layer_payload(entry);
  try {
    return adagrain::decode_layer(bytes, entry.shape, threads);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", where(entry), error.what()));
  }
}

Checkpoint GrainReader::decode_all(int threads) const {
  std::uint64_t weights = 0;
  for (const GrainEntry& entry : entries_) {
    // A raw tensor is bounded by its bytes, unless it is repeated.
    if (entry.encoding != TensorEncoding::layer && !entry.shares_payload) continue;
    weights += static_cast<std::uint64_t>(element_count(entry.shape));
    check_file_density(weights, source_.size(), source_.name());
  }
  Checkpoint tensors(entries_.size());
  parallel_for(entries_.size(), threads, [&](std::size_t i) { tensors[i] = decode(entries_[i]); });
  return tensors;
}

void GrainReader::check_crc(const GrainEntry& entry) const {
  check_bounds(entry);
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  std::uint32_t crc = crc32({});
  for (std::uint64_t at = entry.payload_offset; at < end; at += kTypedChunkBytes) {
    crc = crc32(source_.read(at, std::min(kTypedChunkBytes, end - at)), crc);
  }
  require<DataError>(crc == entry.crc, "{}: '{}' is damaged (CRC differs)", source_.name(), entry.name);
}

std::vector<std::uint8_t> GrainReader::checked_payload(const GrainEntry& entry) const {
  // No encoder takes half as much, whatever the granularity and the tables.
  const std::uint64_t most =
      (std::uint64_t{1} << 20) + 16 * static_cast<std::uint64_t>(element_count(entry.shape));
  require<DataError>(entry.payload_bytes <= most, "{}: {} bytes for {} weights; allowed up to {}",
                     where(entry), entry.payload_bytes, element_count(entry.shape), most);
  std::vector<std::uint8_t> bytes = payload(entry);
  require<DataError>(crc32(bytes) == entry.crc, "{}: '{}' is damaged (CRC differs)", source_.name(),
                     entry.name);
  return bytes;
}

}  // namespace adagrain
