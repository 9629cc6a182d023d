#include "framework/container/safetensors_header.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "framework/container/checked_shape.h"
#include "framework/container/element_type.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

using nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";

// One tensor of the header, as written there.
struct HeaderRow {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;  // [begin, end) in the data after the header
  std::uint8_t keys = 0;               // a bit for each of the three that was given
};

// Takes the header event by event: no tree is built, so that memory stays within the header's size, and
// anything that is not exactly the expected structure stops at once, whatever its depth.
class HeaderSax : public nlohmann::json_sax<json> {
 public:
  explicit HeaderSax(const std::string& file) : file_(file) {}

  std::vector<HeaderRow> rows;
  std::map<std::string, std::string> metadata;

  bool start_object(std::size_t /*elements*/) override {
    if (skips_opening()) return true;
    if (place_ == Place::outside && !seen_root_) {
      seen_root_ = true;
      place_ = Place::root;
    } else if (place_ == Place::root) {
      place_ = key_ == kMetadataKey ? Place::metadata : Place::tensor;
      if (place_ == Place::tensor) rows.push_back({key_, {}, {}, {}});
    } else {
      fail("an object");
    }
    return true;
  }

  bool end_object() override {
    if (skips_closing()) return true;
    if (place_ == Place::tensor) {
      const HeaderRow& row = rows.back();
      require<DataError>(row.keys == 7 && row.offsets.size() == 2,
                         "{}: '{}' needs dtype, shape and data_offsets of two numbers", file_, row.name);
    }
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }

  bool key(std::string& text) override {
    if (skipped_depth_ > 0) return true;
    key_ = text;
    if (place_ == Place::root) {
      require<DataError>(names_.insert(text).second, "{}: '{}' appears twice in the header", file_, text);
    } else if (place_ == Place::tensor) {
      HeaderRow& row = rows.back();
      const int bit = text == "dtype" ? 1 : text == "shape" ? 2 : text == "data_offsets" ? 4 : 0;
      // The reference reader passes over keys that it does not know.
      skip_value_ = bit == 0;
      require<DataError>((row.keys & bit) == 0, "{}: '{}' has '{}' twice", file_, row.name, text);
      row.keys = static_cast<std::uint8_t>(row.keys | bit);
    } else {
      require<DataError>(!metadata.contains(text), "{}: metadata '{}' appears twice", file_, text);
    }
    return true;
  }

  bool string(std::string& text) override {
    if (skips_scalar()) return true;
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
    if (skips_opening()) return true;
    if (place_ != Place::tensor || key_ == "dtype") fail("a list");
    place_ = Place::list;
    list_limit_ = key_ == "shape" ? kMaximumDimensions : 2;
    return true;
  }

  bool end_array() override {
    if (skips_closing()) return true;
    place_ = Place::tensor;
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (skips_scalar()) return true;
    if (place_ != Place::list) fail("a number");
    auto& list = key_ == "shape" ? rows.back().shape : rows.back().offsets;
    require<DataError>(list.size() < list_limit_, "{}: '{}' has more than {} numbers in '{}'", file_,
                       rows.back().name, list_limit_, key_);
    list.push_back(value);
    return true;
  }

  bool number_integer(std::int64_t /*value*/) override { return skips_scalar() || fail("a negative number"); }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return skips_scalar() || fail("a number that is no 64-bit integer");
  }
  bool null() override {
    const bool no_metadata = place_ == Place::root && key_ == kMetadataKey;
    return no_metadata || skips_scalar() || fail("null");
  }
  bool boolean(bool /*value*/) override { return skips_scalar() || fail("a boolean"); }
  bool binary(json::binary_t& /*value*/) override { return fail("binary data"); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& /*error*/) override {
    throw DataError(fmt::format("{}: the header is no valid JSON at byte {} of it", file_, position));
  }

 private:
  enum class Place { outside, root, metadata, tensor, list };

  // Values under keys that are not the format's, of any kind and depth, are passed over.
  bool skips_scalar() {
    const bool skipped = skip_value_ || skipped_depth_ > 0;
    skip_value_ = false;
    return skipped;
  }
  bool skips_opening() {
    const bool skipped = skips_scalar();
    if (skipped) ++skipped_depth_;
    return skipped;
  }
  bool skips_closing() {
    if (skipped_depth_ == 0) return false;
    --skipped_depth_;
    return true;
  }

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
  bool skip_value_ = false;          // the next value is not the format's
  std::uint64_t skipped_depth_ = 0;  // collections of such a value that are open
};

// The rows sorted by offset must cover the data exactly, without gap or overlap.
void check_layout(std::vector<HeaderRow>& rows, std::uint64_t data_bytes, const std::string& file) {
  for (const HeaderRow& row : rows) {
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

// The row as an entry, its shape checked against the bytes that are there.
SafetensorsEntry to_entry(const HeaderRow& row, std::uint64_t data_offset, const std::string& file) {
  const std::uint64_t begin = row.offsets.at(0), end = row.offsets.at(1);
  SafetensorsEntry entry{row.name, row.dtype, {}, data_offset + begin, end - begin};
  const std::string where = fmt::format("{}: '{}'", file, row.name);
  for (const std::uint64_t dimension : row.shape) append_dimension(entry.shape, dimension, where);
  const std::uint64_t bits = dtype_bits(row.dtype);
  const auto elements = static_cast<std::uint64_t>(element_count(entry.shape));
  require<DataError>(bits == 0 || elements * bits == 8 * entry.bytes,
                     "{} has {} elements of {} bits in {} bytes of data", where, elements, bits, entry.bytes);
  return entry;
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::uint8_t> text, std::uint64_t file_bytes,
                                           const std::string& where) {
  require<DataError>(!text.empty() && text[0] == '{', "{}: the header does not begin with '{{'", where);
  HeaderSax sax(where);
  json::sax_parse(text.begin(), text.end(), &sax);
  const std::uint64_t data_offset = 8 + text.size();
  check_layout(sax.rows, file_bytes - data_offset, where);
  SafetensorsHeader header;
  header.metadata = std::move(sax.metadata);
  header.entries.reserve(sax.rows.size());
  for (const HeaderRow& row : sax.rows) header.entries.push_back(to_entry(row, data_offset, where));
  return header;
}

std::string safetensors_header_text(std::span<const SafetensorsEntry> entries,
                                    const std::map<std::string, std::string>& metadata) {
  const auto quoted = [](const std::string& text) {
    try {
      return json(text).dump();
    } catch (const json::type_error&) {
      throw DataError("safetensors: a tensor's name or the metadata is not UTF-8");
    }
  };
  std::string text = "{";
  if (!metadata.empty()) {
    text += quoted(std::string(kMetadataKey)) + ":{";
    for (const auto& [key, value] : metadata) {
      text += fmt::format("{}{}:{}", text.back() == '{' ? "" : ",", quoted(key), quoted(value));
    }
    text += "}";
  }
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const SafetensorsEntry& entry : entries) {
    require<DataError>(entry.name != kMetadataKey && names.insert(entry.name).second,
                       "safetensors: two tensors or a reserved word are called '{}'", entry.name);
    const std::uint64_t end = offset + entry.bytes;
    text +=
        fmt::format("{}{}:{{\"dtype\":{},\"shape\":[{}],\"data_offsets\":[{},{}]}}", text == "{" ? "" : ",",
                    quoted(entry.name), quoted(entry.dtype), fmt::join(entry.shape, ","), offset, end);
    offset = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace adagrain
