#include "framework/container/directory.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "framework/container/checked_shape.h"
#include "framework/container/small_tensors.h"
#include "framework/container/stem_code.h"
#include "framework/core/text.h"

namespace adagrain {
namespace {

// Index 0 is the empty suffix. The order is part of the format.
constexpr std::array<std::string_view, 8> kSuffixes = {
    "", ".weight", ".bias", ".running_mean", ".running_var", ".num_batches_tracked", "_weight", "_bias"};

// How a row writes its shape; c is what PreviousRow::channels says. The numbers are part of the format.
enum ShapeCode : std::uint8_t {
  as_previous = 0,          // the previous row's shape
  leading_of_previous = 1,  // [the previous row's first dimension]
  any_shape = 2,            // rank, then every dimension
  matrix = 3,               // [a, b]: a, b
  chained_matrix = 4,       // [a, c]: a
  chained_3x3 = 5,          // [a, c, 3, 3]: a
  kernel = 6,               // [a, b, k, k]: a, 2k + (b is not c), b only where it is not c
  depthwise_3x3 = 7         // [c, 1, 3, 3]: nothing
};

constexpr std::uint8_t kTied = 3;  // beside the values of TensorEncoding

// A tied row says nothing of a shape. With a shape code it is a short row instead: one of the kinds that
// follow a layer's weight most often, with the stem of the row before, which it leaves out.
struct ShortRow {
  std::uint8_t number;  // in place of the shape code
  std::uint8_t encoding;
  ShapeCode code;
};
constexpr auto kFloat32 = static_cast<std::uint8_t>(TensorEncoding::float32);
constexpr auto kFloat16 = static_cast<std::uint8_t>(TensorEncoding::float16);
constexpr std::array<ShortRow, 5> kShortRows = {{{1, kFloat16, leading_of_previous},
                                                 {2, kFloat32, leading_of_previous},
                                                 {3, kFloat16, as_previous},
                                                 {4, kFloat32, as_previous},
                                                 {5, kTied, as_previous}}};

const ShortRow* short_row(std::uint8_t encoding, ShapeCode code) {
  const auto found = std::find_if(kShortRows.begin(), kShortRows.end(), [&](const ShortRow& row) {
    return row.encoding == encoding && row.code == code;
  });
  return found == kShortRows.end() ? nullptr : &*found;
}

struct SplitName {
  std::string_view stem;
  std::uint8_t suffix = 0;
};

// What a row is written relative to.
struct PreviousRow {
  Shape shape;
  std::int64_t channels =
      1;  // first dimension of the latest row of two or more: what the next layer takes in

  void update(const Shape& new_shape) {
    shape = new_shape;
    if (shape.size() >= 2) channels = shape[0];
  }
};

SplitName split(std::string_view name) {
  for (std::uint8_t i = 1; i < kSuffixes.size(); ++i) {
    if (name.ends_with(kSuffixes[i])) return {name.substr(0, name.size() - kSuffixes[i].size()), i};
  }
  return {name, 0};
}

ShapeCode shape_code(const Shape& shape, const PreviousRow& previous) {
  if (shape == previous.shape) return as_previous;
  if (shape.size() == 1 && !previous.shape.empty() && shape[0] == previous.shape[0])
    return leading_of_previous;
  if (shape.size() == 2) return shape[1] == previous.channels ? chained_matrix : matrix;
  if (shape.size() != 4 || shape[2] != shape[3]) return any_shape;
  if (shape[2] != 3) return kernel;
  if (shape[0] == previous.channels && shape[1] == 1) return depthwise_3x3;
  return shape[1] == previous.channels ? chained_3x3 : kernel;
}

void append_shape(Bytes& out, ShapeCode code, const Shape& shape, const PreviousRow& previous) {
  const auto append = [&](std::size_t i) { append_varint(out, static_cast<std::uint64_t>(shape[i])); };
  if (code == any_shape) {
    append_varint(out, shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) append(i);
  } else if (code >= matrix && code != depthwise_3x3) {
    append(0);
    if (code == matrix) append(1);
    if (code == kernel) {
      const bool chained = shape[1] == previous.channels;
      append_varint(out, 2 * static_cast<std::uint64_t>(shape[2]) + (chained ? 0 : 1));
      if (!chained) append(1);
    }
  }
}

Shape read_shape(ByteReader& reader, std::uint8_t code, const PreviousRow& previous, std::string_view where) {
  if (code == as_previous) return previous.shape;
  if (code == leading_of_previous) {
    require<DataError>(!previous.shape.empty(),
                       "{}: a shape refers to a dimension that the previous row lacks", where);
    return {previous.shape[0]};
  }
  Shape shape;
  const auto append = [&](std::uint64_t dimension) { append_dimension(shape, dimension, where); };
  if (code == any_shape) {
    const std::uint64_t rank = reader.varint();
    for (std::uint64_t i = 0; i < rank; ++i) append(reader.varint());
    return shape;
  }
  const auto channels = static_cast<std::uint64_t>(previous.channels);
  if (code == depthwise_3x3) {
    for (const std::uint64_t dimension : {channels, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{3}})
      append(dimension);
    return shape;
  }
  append(reader.varint());
  const std::uint64_t twice_side = code == kernel ? reader.varint() : 2 * 3;
  const bool chained = code != matrix && twice_side % 2 == 0;
  append(chained ? channels : reader.varint());
  if (code >= chained_3x3) {
    append(twice_side / 2);
    append(twice_side / 2);
  }
  return shape;
}

}  // namespace

void check_tensor_name(std::string_view name, std::string_view where) {
  require<DataError>(!name.empty() && name.size() <= kMaximumNameBytes,
                     "{}: a tensor's name has {} bytes; allowed 1..{}", where, name.size(),
                     kMaximumNameBytes);
  const bool printable = without_controls(name) == name && name.find('\n') == std::string_view::npos;
  require<DataError>(printable && is_utf8(name), "{}: a tensor's name has control characters or is not UTF-8",
                     where);
  require<DataError>(name != "__metadata__", "{}: a tensor has the name that safetensors reserves", where);
}

bool density_allowed(const Shape& shape, std::uint64_t payload_bytes) {
  const auto weights = static_cast<std::uint64_t>(element_count(shape));
  return weights <= kTensorAllowance || (weights - kTensorAllowance) / kWeightsPerByte <= payload_bytes;
}

void check_tensor_density(const Shape& shape, std::uint64_t payload_bytes, std::string_view where) {
  require<DataError>(density_allowed(shape, payload_bytes),
                     "{}: {} weights in {} bytes; allowed 2^24 and 2^14 more a byte", where,
                     element_count(shape), payload_bytes);
}

void check_file_density(std::uint64_t weights, std::uint64_t file_bytes, std::string_view where) {
  require<DataError>(weights <= kFileAllowance || (weights - kFileAllowance) / kWeightsPerByte <= file_bytes,
                     "{}: {} weights in a file of {} bytes; allowed 2^26 and 2^14 more a byte", where,
                     weights, file_bytes);
}

Bytes encode_directory(std::span<const DirectoryRow> rows) {
  Bytes out;
  PreviousRow previous;
  StemCode stems;
  for (const DirectoryRow& row : rows) {
    const GrainEntry& entry = row.entry;
    const SplitName name = split(entry.name);
    const bool shared = row.rows_back > 0;
    const ShapeCode code = shared ? as_previous : shape_code(entry.shape, previous);
    const auto encoding = shared ? kTied : static_cast<std::uint8_t>(entry.encoding);
    const ShortRow* const brief = name.stem == stems.previous() ? short_row(encoding, code) : nullptr;
    if (brief != nullptr) {
      out.push_back(static_cast<std::uint8_t>(kTied | brief->number << 2 | name.suffix << 5));
    } else {
      out.push_back(static_cast<std::uint8_t>(encoding | code << 2 | name.suffix << 5));
      stems.append(out, name.stem);
    }
    if (shared) {
      append_varint(out, row.rows_back);
    } else {
      append_shape(out, code, entry.shape, previous);
      if (entry.encoding == TensorEncoding::layer) append_varint(out, entry.payload_bytes);
      append_little_endian(out, entry.crc);
    }
    previous.update(entry.shape);
  }
  return out;
}

std::vector<GrainEntry> decode_directory(std::span<const std::uint8_t> bytes, std::uint64_t count,
                                         std::uint64_t payload_begin, std::string_view where) {
  ByteReader reader(bytes, where);
  std::vector<GrainEntry> entries;
  std::set<std::string> names;
  PreviousRow previous;
  StemCode stems;
  std::uint64_t offset = payload_begin;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t begin = reader.position();
    const auto head = reader.number<std::uint8_t>();
    std::uint8_t encoding = head & 3U, code = (head >> 2) & 7U;
    const bool brief = encoding == kTied && code != 0;
    if (brief) {
      require<DataError>(code <= kShortRows.size(), "{}: row {} is of an unknown kind, {:#04x}", where, i,
                         head);
      const ShortRow& kind = kShortRows[code - 1u];
      encoding = kind.encoding;
      code = kind.code;
    }
    GrainEntry entry;
    entry.name = (brief ? stems.previous() : stems.read(reader, where)) + std::string(kSuffixes[head >> 5]);
    check_tensor_name(entry.name, where);
    require<DataError>(names.insert(entry.name).second, "{}: two tensors are called '{}'", where, entry.name);
    if (encoding == kTied) {
      const std::uint64_t back = reader.varint();
      require<DataError>(code == 0 && back > 0 && back <= i, "{}: '{}' refers to a row that is not there",
                         where, entry.name);
      std::string name = std::move(entry.name);
      entry = entries[i - back];
      entry.name = std::move(name);
      entry.shares_payload = true;
    } else {
      entry.encoding = static_cast<TensorEncoding>(encoding);
      entry.shape = read_shape(reader, code, previous, where);
      const bool coded = entry.encoding == TensorEncoding::layer;
      entry.payload_bytes =
          coded ? reader.varint()
                : raw_element_bytes(entry.encoding) * static_cast<std::uint64_t>(element_count(entry.shape));
      entry.crc = reader.number<std::uint32_t>();
      entry.payload_offset = offset;
      require<DataError>(entry.payload_bytes <= (std::uint64_t{1} << 62) - offset,
                         "{}: '{}' ends beyond 2^62", where, entry.name);
      offset += entry.payload_bytes;
    }
    entry.directory_bytes = reader.position() - begin;
    previous.update(entry.shape);
    entries.push_back(std::move(entry));
  }
  require<DataError>(reader.remaining() == 0, "{}: {} bytes after the last row of the directory", where,
                     reader.remaining());
  return entries;
}

}  // namespace adagrain
