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

  std::optional<std::string> read(std::span<const std::uint8_t> file, std::uint64_t begin) const {
    if (begin > file.size() || total_bytes() > file.size() - begin) return {};
    const auto text = file.subspan(begin + 4, text_bytes);
    if (load_little_endian<std::uint32_t>(file.data() + begin) != crc32(text)) return {};
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

GrainReader GrainReader::open(const std::filesystem::path& file) {
  return parse(read_file(file), file.string());
}

GrainReader GrainReader::parse(std::vector<std::uint8_t> bytes, std::string name) {
  GrainReader grain;
  grain.bytes_ = std::move(bytes);
  grain.name_ = std::move(name);
  const std::string& where = grain.name_;
  const std::span<const std::uint8_t> all(grain.bytes_);

  ByteReader header(all, where);
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
  const auto directory = header.take(directory_bytes);
  const std::size_t checked = header.position();
  require<DataError>(header.number<std::uint32_t>() == crc32(all.first(checked)),
                     "{}: header or directory is damaged (CRC differs)", where);
  require<DataError>(count <= directory_bytes / minimum_row_bytes,
                     "{}: {} tensors in a directory of {} bytes", where, count, directory_bytes);

  const std::uint64_t plan_begin = header.position();
  const std::uint64_t provenance_begin = plan_begin + plan.total_bytes();
  grain.payload_begin_ = provenance_begin + provenance.total_bytes();
  grain.entries_ = decode_directory(directory, count, grain.payload_begin_, all.size(), where);
  std::uint64_t end = grain.payload_begin_;
  for (const GrainEntry& entry : grain.entries_)
    end = std::max(end, entry.payload_offset + entry.payload_bytes);
  require<DataError>(all.size() <= end, "{}: {} bytes after the last tensor", where, all.size() - end);

  if (plan.present) {
    grain.plan_json_ = plan.read(all, plan_begin);
    if (!grain.plan_json_) grain.damaged_sections_.push_back("plan");
  }
  if (provenance.present) {
    const auto text = provenance.read(all, provenance_begin);
    grain.provenance_ = text.value_or("");
    if (!text) grain.damaged_sections_.push_back("provenance");
  }
  return grain;
}

std::uint64_t GrainReader::overhead_bytes() const {
  return std::min<std::uint64_t>(payload_begin_, bytes_.size());
}

std::span<const std::uint8_t> GrainReader::payload(const GrainEntry& entry) const {
  const std::uint64_t end = entry.payload_offset + entry.payload_bytes;
  require<DataError>(end <= bytes_.size(), "{}: '{}' ends at byte {}; the file has {}", name_, entry.name,
                     end, bytes_.size());
  return std::span(bytes_).subspan(entry.payload_offset, entry.payload_bytes);
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
    throw DataError(fmt::format("{}: '{}': {}", name_, entry.name, error.what()));
  }
}

Checkpoint GrainReader::decode_all(int threads) const {
  Checkpoint tensors(entries_.size());
  parallel_for(entries_.size(), threads, [&](std::size_t i) { tensors[i] = decode(entries_[i]); });
  return tensors;
}

std::span<const std::uint8_t> GrainReader::checked_payload(const GrainEntry& entry) const {
  const auto bytes = payload(entry);
  require<DataError>(crc32(bytes) == entry.crc, "{}: '{}' is damaged (CRC differs)", name_, entry.name);
  return bytes;
}

}  // namespace adagrain
