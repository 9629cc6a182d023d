#include "framework/hardware/compatibility/eyeriss_chip.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/compatibility/run_length.h"
#include "framework/hardware/reference_table.h"

namespace adagrain {

namespace {

constexpr double kValueBytes = 2, kWordBytes = 8;
// Values coded for an estimate of a layer's code, whose relative error is then some 0.1 %.
constexpr std::uint64_t kSampledValues = 1 << 19;

// Bytes of code for a byte of a map of `width` columns, `rows` rows of scattered zeros between rows of
// padding.
double code_share(std::uint64_t rows, std::uint64_t padding, std::uint64_t width, double zeros,
                  RandomStream& random) {
  const std::uint64_t values = (rows + 2 * padding) * width;
  const std::uint64_t maps = std::max<std::uint64_t>(1, kSampledValues / values);
  std::vector<std::uint16_t> map(values);
  std::uint64_t words = 0;
  for (std::uint64_t i = 0; i < maps; ++i) {
    for (std::uint64_t value = padding * width; value < (padding + rows) * width; ++value) {
      map[value] = random.uniform() < zeros ? 0 : 1;  // the code's length does not depend on levels
    }
    words += run_length_encode(map).size();
  }
  return static_cast<double>(words) * kWordBytes / (static_cast<double>(maps * values) * kValueBytes);
}

// Of one map for all strips; the first and the last reach into the padding.
std::uint64_t input_rows_read(const EyerissLayer& layer) {
  std::uint64_t rows = 0;
  for (std::uint64_t first = 0; first < layer.output; first += layer.strip_rows) {
    const std::uint64_t strip = std::min(layer.strip_rows, layer.output - first);
    rows += (strip - 1) * layer.stride + layer.kernel;
  }
  return rows;
}

}  // namespace

std::vector<EyerissLayer> eyeriss_layers() {
  std::vector<EyerissLayer> layers;
  for (const ReferenceRow& row : read_reference_table(reference_file("eyeriss_layers.csv"))) {
    const auto size = [&row](const char* column) {
      const double value = reference_number(row, column);
      require<DataError>(value >= 0 && value <= 65536, "eyeriss_layers.csv: {} is {}; allowed: 0 to 65536",
                         column, value);
      return static_cast<std::uint64_t>(value);
    };
    EyerissLayer layer{row.at("network"), row.at("layer")};
    layer.batch = size("batch");
    layer.channels = size("channels");
    layer.height = size("height");
    layer.padding = size("padding");
    layer.kernel = size("kernel");
    layer.stride = size("stride");
    layer.filters = size("filters");
    layer.groups = size("groups");
    layer.output = size("output");
    layer.maps_in_buffer = size("maps_in_buffer");
    layer.images = size("images");
    layer.strip_rows = size("strip_rows");
    layer.tiles_across = size("tiles_across");
    layer.zeros_in = reference_number(row, "zeros_in");
    layer.zeros_out = reference_number(row, "zeros_out");
    for (const std::uint64_t divisor :
         {layer.groups, layer.maps_in_buffer, layer.images, layer.strip_rows, layer.height, layer.output}) {
      require<DataError>(divisor > 0, "eyeriss_layers.csv: {} has a size of 0", layer.name);
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

EyerissTraffic eyeriss_traffic(const EyerissLayer& layer, std::uint64_t seed) {
  RandomStream random(seed, "eyeriss " + layer.network + layer.name);
  const double passes = static_cast<double>(divide_up(layer.filters / layer.groups, layer.maps_in_buffer));
  const double inputs = passes * static_cast<double>(layer.batch * layer.channels) *
                        static_cast<double>(input_rows_read(layer) * layer.height) * kValueBytes;
  const double weight_reads = static_cast<double>(divide_up(layer.output, layer.strip_rows) *
                                                  layer.tiles_across * divide_up(layer.batch, layer.images));
  const double weights = weight_reads * static_cast<double>(layer.filters * (layer.channels / layer.groups)) *
                         static_cast<double>(layer.kernel * layer.kernel) * kValueBytes;
  const double outputs =
      static_cast<double>(layer.batch * layer.filters * layer.output * layer.output) * kValueBytes;

  // A network's input has three channels of pixels and is stored as it is.
  const bool coded_inputs = layer.channels > 3;
  const double input_share =
      coded_inputs ? code_share(layer.height, layer.padding, layer.height, layer.zeros_in, random) : 1;
  const double output_share = code_share(layer.output, 0, layer.output, layer.zeros_out, random);
  return {.raw_mb = (inputs + weights + outputs) * 1e-6,
          .coded_mb = (inputs * input_share + weights + outputs * output_share) * 1e-6};
}

}  // namespace adagrain
