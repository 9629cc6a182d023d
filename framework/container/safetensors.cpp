#include "framework/container/safetensors.h"

#include <algorithm>
#include <array>

#include "framework/core/bytes.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kMaximumHeaderBytes = 100'000'000;  // as the reference implementation

std::vector<SafetensorsEntry> float32_entries(const Checkpoint& tensors) {
  std::vector<SafetensorsEntry> entries;
  for (const Tensor& tensor : tensors) {
    ensure(element_count(tensor.shape) == static_cast<std::int64_t>(tensor.values.size()),
           "safetensors: '{}' has {} values for {} elements", tensor.name, tensor.values.size(),
           element_count(tensor.shape));
    entries.push_back({tensor.name, "F32", tensor.shape, 0, 4 * tensor.values.size()});
  }
  return entries;
}

SafetensorsFile read_all(const SafetensorsReader& reader) {
  SafetensorsFile file{{}, reader.metadata()};
  file.tensors.reserve(reader.entries().size());
  for (const SafetensorsEntry& entry : reader.entries()) file.tensors.push_back(reader.read_float32(entry));
  return file;
}

// Files that often stand where weights are expected, told apart by how they begin. Read as a safetensors file
// each of them would only have a header of an absurd length.
void refuse_other_formats(const ByteSource& source) {
  struct Format {
    std::string_view begins, what;
  };
  constexpr Format kFormats[] = {
      {"version https://git-lfs", "a Git LFS pointer, not the weights: `git lfs pull` fetches them"},
      {"{", "JSON text; the weights are in the .safetensors files that an index.json lists"},
      {"PK\x03\x04",
       "a zip archive as torch.save writes; save it as safetensors (safetensors.torch.save_file)"},
      {"\x80\x02", "a Python pickle; save it as safetensors (safetensors.torch.save_file)"},
      {"\x80\x03", "a Python pickle; save it as safetensors (safetensors.torch.save_file)"},
      {"\x80\x04", "a Python pickle; save it as safetensors (safetensors.torch.save_file)"},
      {"\x89HDF\r\n", "an HDF5 file; save it as safetensors"},
      {"GGUF", "a GGUF file; save it as safetensors"},
      {"GRN", "a .grain file; `adagrain decompress` turns it into safetensors"}};
  std::array<std::uint8_t, 24> start{};
  const std::size_t count = std::min<std::uint64_t>(source.size(), start.size());
  source.read(0, std::span(start).first(count));
  const std::string_view text(reinterpret_cast<const char*>(start.data()), count);
  for (const Format& format : kFormats) {
    // A header of so many bytes would be a plausible one only in a file that is larger still.
    const bool header_fits = count >= 8 && text.size() > 8 && text[8] == '{' &&
                             load_little_endian<std::uint64_t>(start.data()) <= source.size() - 8;
    require<DataError>(!text.starts_with(format.begins) || header_fits, "{}: not a safetensors file: {}",
                       source.name(), format.what);
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(ByteSource source) : source_(std::move(source)) {
  const std::string& name = source_.name();
  refuse_other_formats(source_);
  require<DataError>(source_.size() >= 8, "{}: {} bytes; a safetensors file has at least 8", name,
                     source_.size());
  std::array<std::uint8_t, 8> length;
  source_.read(0, length);
  const auto header_bytes = load_little_endian<std::uint64_t>(length.data());
  const std::uint64_t allowed = std::min<std::uint64_t>(source_.size() - 8, kMaximumHeaderBytes);
  require<DataError>(header_bytes <= allowed,
                     "{}: not a safetensors file: header of {} bytes; allowed up to {}", name, header_bytes,
                     allowed);
  header_ = parse_safetensors_header(source_.read(8, header_bytes), source_.size(), name);
}

Tensor SafetensorsReader::read_float32(const SafetensorsEntry& entry) const {
  return {entry.name, entry.shape,
          to_float32(entry.dtype, source_.read(entry.offset, entry.bytes),
                     fmt::format("{}: '{}'", source_.name(), entry.name))};
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& file,
                                     std::span<const SafetensorsEntry> entries,
                                     const std::map<std::string, std::string>& metadata)
    : file_(file) {
  const std::string header = safetensors_header_text(entries, metadata);
  Bytes bytes;
  append_little_endian<std::uint64_t>(bytes, header.size());
  bytes.insert(bytes.end(), header.begin(), header.end());
  file_.append(bytes);
  promised_bytes_ = bytes.size();
  for (const SafetensorsEntry& entry : entries) promised_bytes_ += entry.bytes;
}

void SafetensorsWriter::commit() {
  ensure(file_.size() == promised_bytes_, "safetensors: {} bytes written; the header promises {}",
         file_.size(), promised_bytes_);
  file_.commit();
}

SafetensorsFile read_safetensors(const std::filesystem::path& file) {
  return read_all(SafetensorsReader(ByteSource::open(file)));
}

SafetensorsFile parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name) {
  return read_all(SafetensorsReader(ByteSource::hold({bytes.begin(), bytes.end()}, name)));
}

void write_safetensors(const std::filesystem::path& file, const Checkpoint& tensors,
                       const std::map<std::string, std::string>& metadata) {
  SafetensorsWriter writer(file, float32_entries(tensors), metadata);
  for (const Tensor& tensor : tensors) writer.append(float32_bytes(tensor.values));
  writer.commit();
}

std::uint64_t safetensors_bytes(const Checkpoint& tensors) {
  return safetensors_bytes(float32_entries(tensors));
}

std::uint64_t safetensors_bytes(std::span<const SafetensorsEntry> entries) {
  std::uint64_t bytes = 8 + safetensors_header_text(entries, {}).size();
  for (const SafetensorsEntry& entry : entries) bytes += entry.bytes;
  return bytes;
}

}  // namespace adagrain
