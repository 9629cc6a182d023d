#include "framework/hardware/compatibility/scalesim.h"

#include <array>
#include <charconv>
#include <optional>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain::scalesim {

namespace {

constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 20;
// Counts are products of sizes; within this bound none of them overflows.
constexpr double kMostMacs = 1ull << 50;
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 24;
constexpr std::size_t kMostLayers = 1 << 20;
constexpr std::uint64_t kLargestArray = 4096;

constexpr std::array<const char*, 8> kColumns{"layer name",   "IFMAP height", "IFMAP width", "filter height",
                                              "filter width", "channels",     "num filter",  "strides"};

std::string_view trimmed(std::string_view text) {
  const char* const blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Layer parse_layer(std::string_view line, const std::string& where) {
  std::vector<std::string_view> cells = split(line);
  if (cells.size() > 1 && cells.back().empty()) cells.pop_back();
  if (cells.size() == kColumns.size() + 1) {
    require<DataError>(cells.back() == "1:1",
                       "{}: sparsity is '{}'; only dense layers, 1:1, have a closed form", where,
                       cells.back());
    cells.pop_back();
  }
  require<DataError>(cells.size() == kColumns.size(),
                     "{}: has {} columns; expected are layer name, IFMAP height, IFMAP width, filter height, "
                     "filter width, channels, num filter, strides",
                     where, cells.size());
  std::array<std::uint64_t, kColumns.size()> sizes{};
  for (std::size_t i = 1; i < kColumns.size(); ++i) {
    const auto size = parse_size(cells[i]);
    require<DataError>(size && *size >= 1 && *size <= kLargestSize,
                       "{}: {} is '{}'; allowed: whole numbers from 1 to {}", where, kColumns[i], cells[i],
                       kLargestSize);
    sizes[i] = *size;
  }
  const Layer layer{
      std::string(cells[0]), sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], sizes[6], sizes[7]};
  require<DataError>(layer.filter_height <= layer.input_height && layer.filter_width <= layer.input_width,
                     "{}: a filter of {} x {} does not fit an input of {} x {}", where, layer.filter_height,
                     layer.filter_width, layer.input_height, layer.input_width);
  const double macs = 1.0 * layer.input_height * layer.input_width * layer.filter_height *
                      layer.filter_width * layer.channels * layer.filters;
  require<DataError>(macs <= kMostMacs, "{}: up to {:.3g} multiplications; allowed are {:.3g}", where, macs,
                     kMostMacs);
  return layer;
}

}  // namespace

std::vector<Layer> parse_topology(std::string_view text, const std::string& source) {
  std::vector<Layer> layers;
  bool header = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (std::exchange(header, false) || line.empty()) continue;
    const std::string where = fmt::format("{}:{}", source, number);
    Layer layer = parse_layer(line, where);
    const bool depthwise = layer.name.find("DP") != std::string::npos;
    const std::uint64_t copies = depthwise ? layer.channels : 1;
    require<DataError>(layers.size() + copies <= kMostLayers, "{}: more than {} layers", where, kMostLayers);
    if (!depthwise) {
      layers.push_back(std::move(layer));
      continue;
    }
    for (std::uint64_t channel = 0; channel < copies; ++channel) {
      layers.push_back(layer);
      layers.back().name += fmt::format("Channel_{}", channel);
      layers.back().channels = 1;
    }
  }
  require<DataError>(!layers.empty(), "{}: holds no layer; the first line is a header", source);
  return layers;
}

std::vector<Layer> read_topology(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kMostFileBytes);
  return parse_topology({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

LayerDescription describe(const Layer& layer) {
  const auto positions = [&](std::uint64_t input, std::uint64_t filter) {
    return static_cast<std::int64_t>(divide_up(input - filter + layer.stride, layer.stride));
  };
  LayerDescription description;
  description.name = layer.name;
  description.operation = Operation::conv2d;
  for (const std::uint64_t size : {layer.filters, layer.channels, layer.filter_height, layer.filter_width}) {
    description.weight_shape.push_back(static_cast<std::int64_t>(size));
  }
  description.stride = static_cast<std::int64_t>(layer.stride);
  description.input_height = static_cast<std::int64_t>(layer.input_height);
  description.input_width = static_cast<std::int64_t>(layer.input_width);
  description.output_height = positions(layer.input_height, layer.filter_height);
  description.output_width = positions(layer.input_width, layer.filter_width);
  return description;
}

ArrayShape parse_array(const std::string& text) {
  const std::size_t cross = std::min(text.find('x'), text.size());
  const auto rows = parse_size(std::string_view(text).substr(0, cross));
  const auto columns = parse_size(std::string_view(text).substr(std::min(cross + 1, text.size())));
  const auto allowed = [](const std::optional<std::uint64_t>& size) {
    return size && *size >= 1 && *size <= kLargestArray;
  };
  require<ConfigError>(allowed(rows) && allowed(columns),
                       "array is '{}'; allowed: ROWSxCOLUMNS, each from 1 to {}, for example 32x32", text,
                       kLargestArray);
  return {*rows, *columns};
}

std::vector<Row> simulate(const std::vector<Layer>& layers, ArrayShape array, Dataflow dataflow) {
  std::vector<Row> rows;
  rows.reserve(layers.size());
  for (const Layer& layer : layers) {
    const SystolicCount count = count_systolic(matrix_problem(describe(layer)), array, dataflow);
    const std::uint64_t edges = dataflow == Dataflow::output_stationary
                                    ? count.row_folds * count.column_folds * (array.rows + array.columns)
                                    : 0;
    rows.push_back(
        {layer.name, count.cycles - 1, count.input_reads, count.weight_reads, count.output_writes + edges});
  }
  return rows;
}

}  // namespace adagrain::scalesim
