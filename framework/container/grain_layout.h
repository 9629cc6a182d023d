// The constants of a `.grain` file's frame. FORMAT.md has the picture.
#pragma once

#include <array>
#include <cstdint>

namespace adagrain {

// "GRN" and the version of everything that follows.
inline constexpr std::array<std::uint8_t, 4> kGrainMagic = {'G', 'R', 'N', 7};

// The last commit of this project that reads and writes version 6: `adagrain decompress` of it gives back the
// tensors, which this program compresses anew.
inline constexpr const char* kLastCommitOfVersion6 = "27c8326";

// Bits of the flags byte; the others are zero.
inline constexpr std::uint8_t kHasPlan = 1;
inline constexpr std::uint8_t kHasProvenance = 2;

// Magic, flags and four varints: everything before the directory.
inline constexpr std::uint64_t kMaximumFrameBytes = 4 + 1 + 4 * 10;

inline constexpr std::uint64_t kMaximumSectionBytes = std::uint64_t{1} << 30;
// The directory is read whole.
inline constexpr std::uint64_t kMaximumDirectoryBytes = std::uint64_t{1} << 28;
inline constexpr std::uint64_t kMaximumTensors = std::uint64_t{1} << 20;

// The shortest row is a head and how many rows back the tensor stands that it repeats.
inline constexpr std::uint64_t kMinimumRowBytes = 2;

}  // namespace adagrain
