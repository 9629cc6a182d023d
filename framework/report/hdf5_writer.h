// Results as an HDF5 file for other programs. The only code that includes HDF5: AdaGrain writes such files
// and reads none, because HDF5 1.10 can crash on a damaged one and follow a hostile one into other files.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/report/results.h"

namespace adagrain {

// A text that is longer is a dataset of its own, "/config", instead of an attribute of the root group, whose
// size HDF5 limits.
constexpr std::size_t kLongestAttribute = 60000;

// The bytes of the file. Tables are compounds in shuffled and deflated chunks, with their units as attributes
// "<column>.unit": integers and reals of 64 bits, little-endian, texts UTF-8 and zero-padded to their width,
// booleans as the int8 enumeration {FALSE, TRUE} that h5py reads as bool. Arrays are float32. Throws
// InternalError when a cell does not fit its column.
std::vector<std::uint8_t> hdf5_file(const Results& results);

}  // namespace adagrain
