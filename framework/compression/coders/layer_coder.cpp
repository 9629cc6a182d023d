#include "framework/compression/coders/layer_coder.h"

#include <algorithm>
#include <bit>
#include <map>

#include "framework/compression/coders/coding_parameters.h"
#include "framework/compression/coders/float_planes.h"
#include "framework/core/registry.h"

namespace adagrain {

std::vector<std::string> coder_words() {
  std::map<std::uint8_t, std::string> by_id;
  for (const std::string& name : Registry<LayerCoder>::names())
    by_id.emplace(Registry<LayerCoder>::create(name)->id(), name);
  std::vector<std::string> words = {"any"};
  for (const auto& [id, name] : by_id) words.push_back(name);
  return words;
}

std::optional<NamedCoder> coder_of_id(std::uint8_t id) {
  for (const std::string& name : Registry<LayerCoder>::names()) {
    auto coder = Registry<LayerCoder>::create(name);
    if (coder->id() == id) return NamedCoder{name, std::move(coder)};
  }
  return std::nullopt;
}

LayerValues layer_values(const Shape& shape, const LayerCode& code, const LayerUnits& cut,
                         const CodedWeights& coded) {
  LayerValues layer{shape, code, cut, coded};
  if (!code.quantized) return layer;
  std::int32_t lowest = code.levels[coded.ranges.at(0).begin], highest = lowest;
  for (const ElementRange& range : coded.ranges) {
    for (const std::int32_t level : std::span(code.levels).subspan(range.begin, range.end - range.begin)) {
      lowest = std::min(lowest, level);
      highest = std::max(highest, level);
    }
  }
  layer.lowest = lowest;
  layer.highest = highest;
  return layer;
}

std::uint64_t ValueHistogram::weights() const {
  std::uint64_t count = 0;
  for (const std::uint32_t times : counts.at(0)) count += times;
  return count;
}

ValueHistogram value_histogram(const LayerValues& layer) {
  ValueHistogram histogram;
  histogram.levels = layer.levels();
  if (!layer.levels()) {
    histogram.counts.assign(kPlanes, std::vector<std::uint32_t>(256));
    for (const ElementRange& range : layer.coded.ranges) {
      for (std::uint32_t element = range.begin; element < range.end; ++element) {
        const std::uint32_t bits = sign_last(std::bit_cast<std::uint32_t>(layer.code.values[element]));
        for (int plane = 0; plane < kPlanes; ++plane)
          ++histogram.counts[static_cast<std::size_t>(plane)][plane_byte(bits, plane)];
      }
    }
    return histogram;
  }
  histogram.lowest = layer.lowest;
  histogram.counts.emplace_back(layer.alphabet());
  for (const ElementRange& range : layer.coded.ranges) {
    for (std::uint32_t element = range.begin; element < range.end; ++element)
      ++histogram.counts[0][static_cast<std::size_t>(layer.code.levels[element] - layer.lowest)];
  }
  return histogram;
}

}  // namespace adagrain
