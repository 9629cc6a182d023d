// Parses the frame, then decodes tensors one by one: damage in one payload stays there.

#include <algorithm>

#include "framework/container/directory.h"
#include "framework/container/grain_file.h"
#include "framework/container/grain_layout.h"
#include "framework/container/small_tensors.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
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
  require<DataError>(bytes <= maximum_section_bytes, "{}: a section of {} bytes; allowed up to {}", where,
                     bytes, maximum_section_bytes);
  return {true, bytes};
}

}  // namespace

GrainReader::GrainReader(ByteSource source) : source_(std::move(source)) {
  const std::string& where = source_.name();
  const Bytes frame = source_.read(0, std::min(source_.size(), maximum_frame_bytes));
  ByteReader header(frame, where);
  const auto magic = header.take(grain_magic.size());
  require<DataError>(std::equal(magic.begin(), magic.begin() + 3, grain_magic.begin()),
                     "{}: not a .grain file", where);
  require<DataError>(magic[3] == grain_magic[3], "{}: version {} of the format; this program reads {}", where,
                     magic[3], grain_magic[3]);
  const auto flags = header.number<std::uint8_t>();
  require<DataError>(flags <= (has_plan | has_provenance), "{}: flags {:#x}; allowed 0..3", where, flags);
  const std::uint64_t count = header.varint();
  const std::uint64_t directory_bytes = header.varint();
  const Section plan = read_section_header(header, (flags & has_plan) != 0, where);
  const Section provenance = read_section_header(header, (flags & has_provenance) != 0, where);

  const std::uint64_t directory_begin = header.position();
  const std::uint64_t after_header = source_.size() - directory_begin;
  require<DataError>(after_header >= 4 && directory_bytes <= after_header - 4,
                     "{}: directory of {} bytes in a file of {}", where, directory_bytes, source_.size());
  const std::uint64_t checked = directory_begin + directory_bytes;
  const Bytes head = source_.read(0, checked + 4);
  require<DataError>(
      load_little_endian<std::uint32_t>(head.data() + checked) == crc32(std::span(head).first(checked)),
      "{}: header or directory is damaged (CRC differs)", where);
  require<DataError>(count <= directory_bytes / minimum_row_bytes,
                     "{}: {} tensors in a directory of {} bytes", where, count, directory_bytes);

  const std::uint64_t plan_begin = checked + 4;
  const std::uint64_t provenance_begin = plan_begin + plan.total_bytes();
  payload_begin_ = provenance_begin + provenance.total_bytes();
  entries_ = decode_directory(std::span(head).subspan(directory_begin, directory_bytes), count,
                              payload_begin_, source_.size(), where);
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

std::vector<std::uint8_t> GrainReader::payload(const GrainEntry& entry) const {
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  require<DataError>(end <= source_.size(), "{}: '{}' ends at byte {}; the file has {}", source_.name(),
                     entry.name, end, source_.size());
  return source_.read(entry.payload_offset, entry.payload_bytes);
}

Tensor GrainReader::decode(const GrainEntry& entry) const {
  if (entry.encoding == TensorEncoding::layer) return {entry.name, entry.shape, decode_layer(entry).weights};
  return {entry.name, entry.shape, decode_raw(entry.encoding, checked_payload(entry))};
}

DecodedLayer GrainReader::decode_layer(const GrainEntry& entry) const {
  ensure(entry.encoding == TensorEncoding::layer, "grain: '{}' is not stored by a candidate", entry.name);
  const auto bytes = checked_payload(entry);
  try {
    return adagrain::decode_layer(bytes, entry.shape);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: '{}': {}", source_.name(), entry.name, error.what()));
  }
}

Checkpoint GrainReader::decode_all(int threads) const {
  Checkpoint tensors(entries_.size());
  parallel_for(entries_.size(), threads, [&](std::size_t i) { tensors[i] = decode(entries_[i]); });
  return tensors;
}

std::vector<std::uint8_t> GrainReader::checked_payload(const GrainEntry& entry) const {
  std::vector<std::uint8_t> bytes = payload(entry);
  require<DataError>(crc32(bytes) == entry.crc, "{}: '{}' is damaged (CRC differs)", source_.name(),
                     entry.name);
  return bytes;
}

}  // namespace adagrain
