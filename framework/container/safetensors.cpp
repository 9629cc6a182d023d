#include "framework/container/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>

#include "framework/container/checked_shape.h"
#include "framework/container/float16.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/files.h"

namespace adagrain {
namespace {

using nlohmann::json;

constexpr std::uint64_t maximum_header_bytes = 100'000'000;  // as the reference implementation
constexpr std::string_view metadata_key = "__metadata__";

// One tensor of the header, as written there.
struct HeaderRow {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;  // [begin, end) in the data after the header
  std::set<std::string> keys;          // which of the three were given
};

// Takes the header event by event: no tree is built, so that memory stays within the header's size, and
// anything that is not exactly the expected structure stops at once, whatever its depth.
class HeaderSax : public nlohmann::json_sax<json> {
 public:
  explicit HeaderSax(const std::string& file) : file_(file) {}

  std::vector<HeaderRow> rows;
  std::map<std::string, std::string> metadata;

  bool start_object(std::size_t /*elements*/) override {
    if (place_ == Place::outside && !seen_root_) {
      seen_root_ = true;
      place_ = Place::root;
    } else if (place_ == Place::root) {
      place_ = key_ == metadata_key ? Place::metadata : Place::tensor;
      if (place_ == Place::tensor) rows.push_back({key_, {}, {}, {}, {}});
    } else {
      fail("an object");
    }
    return true;
  }

  bool end_object() override {
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }

  bool key(std::string& text) override {
    key_ = text;
    if (place_ == Place::root) {
      require<DataError>(names_.insert(text).second, "{}: '{}' appears twice in the header", file_, text);
    } else if (place_ == Place::tensor) {
      const HeaderRow& row = rows.back();
      const bool known = text == "dtype" || text == "shape" || text == "data_offsets";
      require<DataError>(known, "{}: '{}' has the key '{}'; allowed: dtype, shape, data_offsets", file_,
                         row.name, text);
      require<DataError>(rows.back().keys.insert(text).second, "{}: '{}' has '{}' twice", file_, row.name,
                         text);
    } else {
      require<DataError>(!metadata.contains(text), "{}: metadata '{}' appears twice", file_, text);
    }
    return true;
  }

  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      metadata[key_] = text;
    } else if (place_ == Place::tensor && key_ == "dtype") {
      rows.back().dtype = text;
    } else {
      fail("a string");
    }
    return true;
  }

  bool start_array(std::size_t /*elements*/) override {
    if (place_ != Place::tensor || key_ == "dtype") fail("a list");
    place_ = Place::list;
    list_limit_ = key_ == "shape" ? maximum_dimensions : 2;
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ != Place::list) fail("a number");
    auto& list = key_ == "shape" ? rows.back().shape : rows.back().offsets;
    require<DataError>(list.size() < list_limit_, "{}: '{}' has more than {} numbers in '{}'", file_,
                       rows.back().name, list_limit_, key_);
    list.push_back(value);
    return true;
  }

  bool number_integer(std::int64_t /*value*/) override { return fail("a negative number"); }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return fail("a number that is no 64-bit integer");
  }
  bool null() override { return fail("null"); }
  bool boolean(bool /*value*/) override { return fail("a boolean"); }
  bool binary(json::binary_t& /*value*/) override { return fail("binary data"); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& /*error*/) override {
    throw DataError(fmt::format("{}: the header is no valid JSON at byte {} of it", file_, position));
  }

 private:
  enum class Place { outside, root, metadata, tensor, list };

  [[noreturn]] bool fail(std::string_view what) const {
    throw DataError(fmt::format("{}: the header has {} where the format has none{}", file_, what,
                                key_.empty() ? "" : " (under '" + key_ + "')"));
  }

  const std::string& file_;
  Place place_ = Place::outside;
  bool seen_root_ = false;
  std::string key_;
  std::set<std::string> names_;
  std::size_t list_limit_ = 0;
};

// values[i] = convert(the i-th little-endian number of type Bits).
template <typename Bits, typename Convert>
void convert_all(std::span<const std::uint8_t> bytes, std::vector<float>& values, Convert convert) {
  values.resize(bytes.size() / sizeof(Bits));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = convert(load_little_endian<Bits>(bytes.data() + i * sizeof(Bits)));
  }
}

// Bytes of one element, 0 for a type that is not read.
std::uint64_t element_bytes(const std::string& dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  if (dtype == "F16" || dtype == "BF16") return 2;
  return 0;
}

std::vector<float> convert_values(const std::string& dtype, std::span<const std::uint8_t> bytes,
                                  const std::string& where) {
  std::vector<float> values;
  if (dtype == "F32") {
    convert_all<std::uint32_t>(bytes, values, [](std::uint32_t bits) { return std::bit_cast<float>(bits); });
  } else if (dtype == "F16") {
    convert_all<std::uint16_t>(bytes, values, float16_to_float);
  } else if (dtype == "BF16") {
    convert_all<std::uint16_t>(bytes, values, bfloat16_to_float);
  } else if (dtype == "F64") {
    convert_all<std::uint64_t>(bytes, values, [&](std::uint64_t bits) {
      const auto value = std::bit_cast<double>(bits);
      require<DataError>(!std::isfinite(value) || std::abs(value) <= std::numeric_limits<float>::max(),
                         "{}: {} is beyond float32", where, value);
      return static_cast<float>(value);
    });
  } else if (dtype == "I64") {
    convert_all<std::uint64_t>(bytes, values, [](std::uint64_t bits) {
      return static_cast<float>(static_cast<std::int64_t>(bits));
    });
  } else {
    convert_all<std::uint32_t>(bytes, values, [](std::uint32_t bits) {
      return static_cast<float>(static_cast<std::int32_t>(bits));
    });
  }
  return values;
}

// The row's values, with every number checked against the bytes that are there.
Tensor read_tensor(const HeaderRow& row, std::span<const std::uint8_t> data, const std::string& file) {
  const std::uint64_t width = element_bytes(row.dtype);
  require<DataError>(width != 0, "{}: '{}' is of type {}; read are F64, F32, F16, BF16, I64, I32", file,
                     row.name, row.dtype);
  const std::uint64_t begin = row.offsets.at(0), end = row.offsets.at(1);
  Tensor tensor{row.name, {}, {}};
  const std::string where = fmt::format("{}: '{}'", file, row.name);
  for (const std::uint64_t dimension : row.shape) append_dimension(tensor.shape, dimension, where);
  const auto elements = static_cast<std::uint64_t>(element_count(tensor.shape));
  require<DataError>(elements * width == end - begin, "{} has {} elements of {} bytes in {} bytes of data",
                     where, elements, width, end - begin);
  tensor.values = convert_values(row.dtype, data.subspan(begin, end - begin), where);
  return tensor;
}

// The rows sorted by offset must cover the data exactly, without gap or overlap.
void check_layout(std::vector<HeaderRow>& rows, std::uint64_t data_bytes, const std::string& file) {
  for (const HeaderRow& row : rows) {
    require<DataError>(row.keys.size() == 3 && row.offsets.size() == 2,
                       "{}: '{}' needs dtype, shape and data_offsets of two numbers", file, row.name);
    require<DataError>(row.offsets.at(0) <= row.offsets.at(1) && row.offsets.at(1) <= data_bytes,
                       "{}: '{}' has data_offsets [{}, {}]; allowed 0..{} in order", file, row.name,
                       row.offsets.at(0), row.offsets.at(1), data_bytes);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const HeaderRow& a, const HeaderRow& b) { return a.offsets < b.offsets; });
  std::uint64_t covered = 0;
  for (const HeaderRow& row : rows) {
    require<DataError>(row.offsets.at(0) == covered, "{}: '{}' begins at byte {} of the data; expected {}",
                       file, row.name, row.offsets.at(0), covered);
    covered = row.offsets.at(1);
  }
  require<DataError>(covered == data_bytes, "{}: tensors cover {} of {} bytes of data", file, covered,
                     data_bytes);
}

using NamedShapes = std::vector<std::pair<std::string, Shape>>;

NamedShapes named_shapes(const Checkpoint& tensors) {
  NamedShapes all;
  for (const Tensor& tensor : tensors) {
    ensure(element_count(tensor.shape) == static_cast<std::int64_t>(tensor.values.size()),
           "safetensors: '{}' has {} values for {} elements", tensor.name, tensor.values.size(),
           element_count(tensor.shape));
    all.emplace_back(tensor.name, tensor.shape);
  }
  return all;
}

std::string header_text(const NamedShapes& tensors, const std::map<std::string, std::string>& metadata) {
  const auto quoted = [](const std::string& text) {
    try {
      return json(text).dump();
    } catch (const json::type_error&) {
      throw DataError("safetensors: a tensor's name or the metadata is not UTF-8");
    }
  };
  std::string text = "{";
  if (!metadata.empty()) {
    text += quoted(std::string(metadata_key)) + ":{";
    for (const auto& [key, value] : metadata) {
      text += fmt::format("{}{}:{}", text.back() == '{' ? "" : ",", quoted(key), quoted(value));
    }
    text += "}";
  }
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const auto& [name, shape] : tensors) {
    require<DataError>(name != metadata_key && names.insert(name).second,
                       "safetensors: two tensors or a reserved word are called '{}'", name);
    const std::uint64_t end = offset + 4 * static_cast<std::uint64_t>(element_count(shape));
    text += fmt::format("{}{}:{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                        text == "{" ? "" : ",", quoted(name), fmt::join(shape, ","), offset, end);
    offset = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

SafetensorsFile parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name) {
  require<DataError>(bytes.size() >= 8, "{}: {} bytes; a safetensors file has at least 8", name,
                     bytes.size());
  const auto header_bytes = load_little_endian<std::uint64_t>(bytes.data());
  require<DataError>(header_bytes <= std::min<std::uint64_t>(bytes.size() - 8, maximum_header_bytes),
                     "{}: header of {} bytes; allowed up to {} in this file", name, header_bytes,
                     std::min<std::uint64_t>(bytes.size() - 8, maximum_header_bytes));
  const auto header = bytes.subspan(8, header_bytes);
  const auto data = bytes.subspan(8 + header_bytes);
  require<DataError>(!header.empty() && header[0] == '{', "{}: the header does not begin with '{{'", name);

  HeaderSax sax(name);
  json::sax_parse(header.begin(), header.end(), &sax);
  check_layout(sax.rows, data.size(), name);

  SafetensorsFile file;
  file.metadata = std::move(sax.metadata);
  file.tensors.reserve(sax.rows.size());
  for (const HeaderRow& row : sax.rows) file.tensors.push_back(read_tensor(row, data, name));
  return file;
}

SafetensorsFile read_safetensors(const std::filesystem::path& file) {
  return parse_safetensors(read_file(file), file.string());
}

void write_safetensors(const std::filesystem::path& file, const Checkpoint& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string header = header_text(named_shapes(tensors), metadata);
  Bytes bytes;
  append_little_endian<std::uint64_t>(bytes, header.size());
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const Tensor& tensor : tensors) {
    for (const float value : tensor.values) append_little_endian(bytes, std::bit_cast<std::uint32_t>(value));
  }
  write_file_atomically(file, bytes);
}

std::uint64_t safetensors_bytes(const Checkpoint& tensors) {
  return safetensors_bytes(named_shapes(tensors));
}

std::uint64_t safetensors_bytes(const NamedShapes& tensors) {
  std::uint64_t bytes = 8 + header_text(tensors, {}).size();
  for (const auto& [name, shape] : tensors) bytes += 4 * static_cast<std::uint64_t>(element_count(shape));
  return bytes;
}

}  // namespace adagrain
