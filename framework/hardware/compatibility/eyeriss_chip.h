// Traffic between the Eyeriss chip and its DRAM, with the activations actually run-length coded.
//
// A pass keeps `maps_in_buffer` output maps of `images` images for a strip of `strip_rows` output rows in the
// buffer. All values have 16 bits.
//   inputs   = filters of a group / maps_in_buffer times, strips with the rows they share
//   weights  = for each strip, tile across and set of images
//   outputs  = once
// Inputs lie in DRAM with the rows of padding above and below, coded map by map; a network's input is not
// coded, nor are weights. Zeros are scattered by a seed at the published shares, and a sample of the maps is
// coded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace adagrain {

struct EyerissLayer {
  std::string network, name;
  std::uint64_t batch = 1, channels = 1, height = 1, padding = 0;
  std::uint64_t kernel = 1, stride = 1, filters = 1, groups = 1, output = 1;
  std::uint64_t maps_in_buffer = 1, images = 1, strip_rows = 1, tiles_across = 1;
  double zeros_in = 0, zeros_out = 0;
};

struct EyerissTraffic {
  double raw_mb = 0;    // 10^6 B without coding
  double coded_mb = 0;  // inputs and outputs coded
  double ratio() const { return raw_mb / coded_mb; }
};

// hardware/reference/eyeriss_layers.csv.
std::vector<EyerissLayer> eyeriss_layers();
EyerissTraffic eyeriss_traffic(const EyerissLayer& layer, std::uint64_t seed);

}  // namespace adagrain
